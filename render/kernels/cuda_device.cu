#include <string>

#include "render/error.h"
#include "render/kernels/cuda_call.h"
#include "render/kernels/cuda_device.h"

namespace maquette::render::kernels {

void check_cuda(cudaError_t status, const char* doing) {
    if (status == cudaSuccess) return;
    throw Error(std::string("the GPU failed while ") + doing + ": " + cudaGetErrorString(status) +
                "; --device cpu works without it");
}

bool built_with_cuda() {
    return true;
}

int cuda_device_count() {
    int count = 0;
    if (cudaGetDeviceCount(&count) == cudaSuccess) return count;
    // The failure is not to be found again by the next call's check.
    (void)cudaGetLastError();
    return 0;
}

std::string describe_cuda() {
    int count = 0;
    const cudaError_t status = cudaGetDeviceCount(&count);
    if (status != cudaSuccess) {
        (void)cudaGetLastError();
        return std::string("no usable GPU (CUDA says: ") + cudaGetErrorString(status) + ")";
    }
    if (count == 0) return "no GPU in this machine";
    cudaDeviceProp properties{};
    check_cuda(cudaGetDeviceProperties(&properties, 0), "asking for its name");
    return properties.name;
}

void* allocate_on_cuda(std::size_t bytes) {
    void* memory = nullptr;
    const std::string doing = "reserving " + std::to_string(bytes) + " bytes";
    check_cuda(cudaMalloc(&memory, bytes), doing.c_str());
    return memory;
}

void free_on_cuda(void* memory) noexcept {
    (void)cudaFree(memory);
}

void copy_to_cuda(void* to, const void* from, std::size_t bytes) {
    check_cuda(cudaMemcpy(to, from, bytes, cudaMemcpyHostToDevice), "copying to it");
}

void copy_from_cuda(void* to, const void* from, std::size_t bytes) {
    check_cuda(cudaMemcpy(to, from, bytes, cudaMemcpyDeviceToHost), "copying from it");
}

void clear_on_cuda(void* memory, std::size_t bytes) {
    check_cuda(cudaMemset(memory, 0, bytes), "clearing memory");
}

}  // namespace maquette::render::kernels
