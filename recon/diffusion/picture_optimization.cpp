#include "recon/diffusion/picture_optimization.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>

namespace maquette::recon::diffusion {
namespace {

/// Evaluations of one gradient for each evaluation of the chain: forwards as latent_gradient says, and a backward.
long long cost_of_gradient(GradientMemory memory) {
    switch (memory) {
        case GradientMemory::everything:
            return 2;
        case GradientMemory::each_step:
            return 3;
        case GradientMemory::nothing:
            break;
    }
    return 4;
}

/// Rows of `found` where its scores are lower.
void keep_better(const torch::Tensor& found, const torch::Tensor& scores, ImprovedPictures& best) {
    if (!best.pictures.defined()) {
        best.pictures = found.detach().clone();
        best.before = scores;
        best.after = scores.clone();
        return;
    }
    const auto better = scores < best.after;
    best.pictures = at::where(better.view({-1, 1, 1, 1}), found.detach(), best.pictures);
    best.after = at::where(better, scores, best.after);
}

}  // namespace

ImprovedPictures optimise_pictures(const Sampler& sampler, const Denoiser& denoiser, const Latent& start,
                                   std::span<const NoiseLevel> levels, const PictureScore& score,
                                   const LatentOptimizationOptions& options,
                                   const std::function<bool(const LatentOptimizationStep&)>& observer) {
    const at::NoGradGuard no_gradient;
    ImprovedPictures result;
    bool whole = true;
    const auto chain = static_cast<long long>(levels.size() - 1) * sampler.evaluations_per_step();
    const Latent end = optimise_latent(sampler, denoiser, start, levels, loss_of(score), options,
                                       [&](const LatentOptimizationStep& step) {
                                           result.evaluations += cost_of_gradient(options.memory) * chain;
                                           const auto& pictures = step.generated->x;
                                           keep_better(pictures, scores_of(score, pictures), result);
                                           whole = !observer || observer(step);
                                           return whole;
                                       });
    if (!whole) return result;
    const auto pictures = generate(sampler, denoiser, end, levels).x;
    keep_better(pictures, scores_of(score, pictures), result);
    result.evaluations += chain;
    return result;
}

long long evaluations_of(const LatentOptimizationOptions& options, const Sampler& sampler, std::size_t steps) {
    const auto chain = static_cast<long long>(steps) * sampler.evaluations_per_step();
    return (options.iterations * cost_of_gradient(options.memory) + 1) * chain;
}

}  // namespace maquette::recon::diffusion
