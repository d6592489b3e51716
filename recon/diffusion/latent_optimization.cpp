#include "recon/diffusion/latent_optimization.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <cstdint>
#include <vector>

#include "render/error.h"

namespace maquette::recon::diffusion {
namespace {

/// Norm of each row, [N, 1, ...].
torch::Tensor row_norms(const torch::Tensor& x) {
    std::vector<std::int64_t> ones(static_cast<std::size_t>(x.dim()), 1);
    ones[0] = x.size(0);
    return x.flatten(1).norm(2, 1).view(ones);
}

}  // namespace

Latent optimise_latent(const Sampler& sampler, const Denoiser& denoiser, const Latent& start,
                       std::span<const NoiseLevel> levels, const LatentLoss& loss,
                       const LatentOptimizationOptions& options,
                       const std::function<bool(const LatentOptimizationStep&)>& observer) {
    if (options.iterations < 1 || !(options.clip > 0) || !(options.momentum >= 0 && options.momentum < 1)) {
        throw UsageError(fmt::format(
            "latent optimisation of {} iterations with clip {} and momentum {}: give 1 or more, above 0, 0 to below 1",
            options.iterations, options.clip, options.momentum));
    }
    const at::NoGradGuard no_gradient;
    const bool paired = start.companion.defined();
    const auto norms_x = row_norms(start.x);
    const auto norms_y = paired ? row_norms(start.companion) : norms_x;
    Latent latent = start;
    auto velocity_x = at::zeros_like(start.x);
    auto velocity_y = velocity_x;
    for (int i = 0; i < options.iterations; ++i) {
        LatentGradient found;
        {
            const at::AutoGradMode with_gradient(true);
            found = latent_gradient(sampler, denoiser, latent, levels, loss, options.memory);
        }
        // Half, as the loss is of two nearly equal pictures; without a companion for the same pace.
        auto step_x = found.gradient.x * (-0.5 * options.gradient_scale);
        auto step_y = paired ? found.gradient.companion * (-0.5 * options.gradient_scale) : step_x;
        if (options.tie) step_x = step_y = (step_x + step_y) / 2;
        velocity_x = options.momentum * velocity_x + step_x.clamp(-options.clip, options.clip);
        velocity_y = options.momentum * velocity_y + step_y.clamp(-options.clip, options.clip);
        latent.x = latent.x + velocity_x;
        if (paired) latent.companion = latent.companion + velocity_y;
        if (paired && options.tie) latent.x = latent.companion = (latent.x + latent.companion) / 2;
        if (options.renormalise) {
            latent.x = latent.x * (norms_x / row_norms(latent.x));
            if (paired) latent.companion = latent.companion * (norms_y / row_norms(latent.companion));
        }
        if (observer && !observer({i, found.loss, &found.generated})) break;
    }
    return latent;
}

}  // namespace maquette::recon::diffusion
