#include "render/kernels/parallel_for.h"

#include <algorithm>

#include "render/parallel.h"
#ifdef MAQUETTE_HAS_CUDA
#include "render/kernels/cuda_launch.h"
#else
#include "render/error.h"
#endif

namespace maquette::render::kernels {
namespace {

/// Indices a thread takes at a time: few enough to share out small grids, enough to pay for taking them.
constexpr long long most_at_a_time = 256;
constexpr long long pieces = 64;

}  // namespace

template <class Kernel>
void parallel_for(const Kernel& kernel, long long count, Place place) {
    if (count <= 0) return;
    if (place.device == Device::cuda) {
#ifdef MAQUETTE_HAS_CUDA
        launch_on_cuda(kernel, count);
        return;
#else
        throw Error("this build has no CUDA kernels; run on the CPU, or configure with -DMAQUETTE_CUDA=ON");
#endif
    }
    const long long grain = std::clamp(count / pieces, 1LL, most_at_a_time);
    render::parallel_for(static_cast<std::size_t>(count), static_cast<std::size_t>(grain), place.threads,
                         [&kernel](std::size_t begin, std::size_t end) {
                             const Kernel local = kernel;
                             for (std::size_t i = begin; i < end; ++i) local(static_cast<long long>(i));
                         });
}

#define MAQUETTE_DEFINE_KERNEL(Kernel) template void parallel_for<Kernel>(const Kernel&, long long, Place);
MAQUETTE_FOR_EACH_KERNEL(MAQUETTE_DEFINE_KERNEL)

}  // namespace maquette::render::kernels
