#include "recon/diffusion/view_generation.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

#include "recon/diffusion/bound_novel_view.h"

namespace maquette::recon::diffusion {

double trained_error_weight(const NoiseLevel& level) {
    constexpr double cap = 5;
    return std::min(std::exp(level.log_snr()) + 1, cap);
}

SamplerOptions from_pure_noise(SamplerOptions sampler) {
    sampler.edict_form = Parameterization::velocity;
    return sampler;
}

torch::Tensor generate_views(const NovelViewWeights& weights, const View& photo, const render::VoxelGrid* coarse,
                             std::span<const CropCamera> targets, const ViewGenerationOptions& options,
                             const StepObserver& observer) {
    const at::NoGradGuard no_gradient;
    const BoundNovelView bound(weights, photo, coarse, targets);
    const GuidedDenoiser denoiser(bound.denoiser(), options.guidance);
    const auto levels = time_grid(NoiseSchedule::cosine(), options.grid);
    const auto sampler = make_sampler(from_pure_noise(options.sampler));
    const auto noise = gaussian_noise(bound.shape(), options.seed);
    return generate(*sampler, denoiser, sampler->begin(noise), levels, observer).x;
}

CropCamera target_camera(double azimuth, double elevation, const render::VoxelGrid& coarse) {
    CropCamera camera{.azimuth = azimuth, .elevation = elevation, .distance = usual_distance};
    return framed_whole(camera, solid_cells(coarse));
}

}  // namespace maquette::recon::diffusion
