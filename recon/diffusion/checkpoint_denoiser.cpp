#include "recon/diffusion/checkpoint_denoiser.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <utility>

namespace maquette::recon::diffusion {

CheckpointDenoiser::CheckpointDenoiser(UNet2DConditionModel unet, Parameters parameters, NoiseSchedule schedule,
                                       Parameterization parameterization, PhotoConditions conditions)
    : unet_(std::move(unet)),
      parameters_(std::move(parameters)),
      schedule_(std::move(schedule)),
      parameterization_(parameterization),
      conditions_(std::move(conditions)) {}

torch::Tensor CheckpointDenoiser::predict(const torch::Tensor& x, const NoiseLevel& level,
                                          ShownConditions shown) const {
    const auto rows = x.size(0);
    const auto condition = [&](const torch::Tensor& given) {
        auto sizes = given.sizes().vec();
        sizes[0] = rows;
        return shown.photo ? given.expand(sizes) : at::zeros(sizes, x.options());
    };
    // Cleaner than the first step is nothing that the network was trained on.
    const auto timesteps = at::full({rows}, std::max(0.0, schedule_.timestep(level.time)), x.options());
    return unet_.forward(parameters_, at::cat({x, condition(conditions_.latent)}, 1), timesteps,
                         condition(conditions_.tokens));
}

}  // namespace maquette::recon::diffusion
