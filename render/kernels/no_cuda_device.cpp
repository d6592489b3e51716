// What a build without CUDA has in place of cuda_device.cu.
#ifndef MAQUETTE_HAS_CUDA
#include "render/error.h"
#include "render/kernels/cuda_device.h"

namespace maquette::render::kernels {
namespace {

[[noreturn]] void refuse() {
    throw Error("this build has no CUDA kernels; run on the CPU, or configure with -DMAQUETTE_CUDA=ON");
}

}  // namespace

bool built_with_cuda() {
    return false;
}

int cuda_device_count() {
    return 0;
}

std::string describe_cuda() {
    return "no CUDA in this build";
}

void* allocate_on_cuda(std::size_t /*bytes*/) {
    refuse();
}

void free_on_cuda(void* /*memory*/) noexcept {}

void copy_to_cuda(void* /*to*/, const void* /*from*/, std::size_t /*bytes*/) {
    refuse();
}

void copy_from_cuda(void* /*to*/, const void* /*from*/, std::size_t /*bytes*/) {
    refuse();
}

void clear_on_cuda(void* /*memory*/, std::size_t /*bytes*/) {
    refuse();
}

}  // namespace maquette::render::kernels
#endif
