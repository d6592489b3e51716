#pragma once

#include "render/kernels/lift_features.h"
#include "render/kernels/nearest_point.h"
#include "render/kernels/ray_march.h"
#include "render/kernels/sample_points.h"
#include "render/kernels/scatter.h"
#include "render/kernels/silhouette_march.h"

/// Every kernel that both launchers know.
#define MAQUETTE_FOR_EACH_KERNEL(APPLY) \
    APPLY(LiftFeatures)                 \
    APPLY(LiftFeaturesBackward)         \
    APPLY(NearestPoint)                 \
    APPLY(NearestPointBackward)         \
    APPLY(RayMarch)                     \
    APPLY(RayMarchBackward)             \
    APPLY(ReadSums)                     \
    APPLY(SamplePoints)                 \
    APPLY(SamplePointsBackwardToPoints) \
    APPLY(SamplePointsBackwardToVolume) \
    APPLY(SilhouetteMarch)              \
    APPLY(SilhouetteMarchBackward)

namespace maquette::render::kernels {

/// Where a kernel runs. Its pointers must lie there.
enum class Device { cpu, cuda };

struct Place {
    Device device = Device::cpu;
    int threads = 0;  ///< of the CPU; 0: render::thread_count(). Inside render::parallel_for always the calling one.
};

/// kernel(0) .. kernel(count - 1), in any order and at once. Finished on return, on a GPU too. Throws Error when the
/// device fails or the build has none.
template <class Kernel>
void parallel_for(const Kernel& kernel, long long count, Place place = {});

#define MAQUETTE_DECLARE_KERNEL(Kernel) extern template void parallel_for<Kernel>(const Kernel&, long long, Place);
MAQUETTE_FOR_EACH_KERNEL(MAQUETTE_DECLARE_KERNEL)
#undef MAQUETTE_DECLARE_KERNEL

}  // namespace maquette::render::kernels
