#include <algorithm>

#include "render/kernels/cuda_call.h"
#include "render/kernels/cuda_launch.h"

namespace maquette::render::kernels {
namespace {

constexpr int block = 128;
/// Grids beyond this many blocks keep every GPU busy; threads take several indices.
constexpr long long most_blocks = 65535;

template <class Kernel>
__global__ void run(Kernel kernel, long long count) {
    const long long stride = static_cast<long long>(gridDim.x) * blockDim.x;
    for (long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x; i < count; i += stride) kernel(i);
}

}  // namespace

template <class Kernel>
void launch_on_cuda(const Kernel& kernel, long long count) {
    const auto blocks = static_cast<unsigned>(std::min((count + block - 1) / block, most_blocks));
    run<<<blocks, block>>>(kernel, count);
    check_cuda(cudaGetLastError(), "starting a kernel");
    check_cuda(cudaDeviceSynchronize(), "running a kernel");
}

#define MAQUETTE_DEFINE_KERNEL(Kernel) template void launch_on_cuda<Kernel>(const Kernel&, long long);
MAQUETTE_FOR_EACH_KERNEL(MAQUETTE_DEFINE_KERNEL)

}  // namespace maquette::render::kernels
