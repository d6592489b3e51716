#include "recon/diffusion/score_rivals.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "render/error.h"

namespace maquette::recon::diffusion {

OneStepGuidance::OneStepGuidance(const Denoiser& denoiser, PictureScore score, double scale)
    : denoiser_(&denoiser), score_(std::move(score)), scale_(scale) {
    if (!(scale >= 0)) throw UsageError(fmt::format("guidance of scale {}; give 0 or more", scale));
}

torch::Tensor OneStepGuidance::predict(const torch::Tensor& x, const NoiseLevel& level) const {
    if (scale_ == 0) return predict_as(*denoiser_, Parameterization::epsilon, x, level);
    const at::AutoGradMode with_gradient(true);
    const auto from = x.detach().requires_grad_(true);
    const auto noise = predict_as(*denoiser_, Parameterization::epsilon, from, level);
    score_((from - level.sigma * noise) / level.alpha).sum().backward();
    return noise.detach() + (level.sigma * scale_) * from.grad();
}

ImprovedPictures guided_pictures(const Sampler& sampler, const Denoiser& denoiser, const torch::Tensor& noise,
                                 std::span<const NoiseLevel> levels, const PictureScore& score, double scale) {
    const at::NoGradGuard no_gradient;
    ImprovedPictures result;
    result.before = scores_of(score, generate(sampler, denoiser, sampler.begin(noise), levels).x);
    const OneStepGuidance guided(denoiser, score, scale);
    result.pictures = generate(sampler, guided, sampler.begin(noise), levels).x;
    result.after = scores_of(score, result.pictures);
    result.evaluations =
        static_cast<long long>(levels.size() - 1) * sampler.evaluations_per_step() * (scale == 0 ? 1 : 2);
    return result;
}

BestOfSeeds best_of_seeds(const Sampler& sampler, const Denoiser& denoiser, const std::vector<std::int64_t>& shape,
                          std::span<const NoiseLevel> levels, const PictureScore& score, std::uint64_t seed,
                          long long evaluations) {
    const at::NoGradGuard no_gradient;
    const auto chain = static_cast<long long>(levels.size() - 1) * sampler.evaluations_per_step();
    const auto rows = static_cast<std::size_t>(shape.at(0));
    BestOfSeeds best;
    best.tried = static_cast<int>(std::max(evaluations / chain, 1LL));
    best.seeds.resize(rows);
    auto& improved = best.improved;
    for (int i = 0; i < best.tried; ++i) {
        const std::uint64_t first = seed + static_cast<std::uint64_t>(i) * rows;
        const auto pictures = generate(sampler, denoiser, sampler.begin(gaussian_noise(shape, first)), levels).x;
        const auto scores = scores_of(score, pictures);
        const long long spent = improved.evaluations + chain;
        if (i == 0) improved = {pictures.clone(), scores, scores.clone()};
        improved.evaluations = spent;
        for (std::size_t row = 0; row < rows; ++row) {
            const auto r = static_cast<std::int64_t>(row);
            if (i == 0) best.seeds[row] = first + row;
            if (!(scores[r].item<double>() < improved.after[r].item<double>())) continue;
            improved.after[r] = scores[r];
            improved.pictures[r].copy_(pictures[r]);
            best.seeds[row] = first + row;
        }
    }
    return best;
}

}  // namespace maquette::recon::diffusion
