#include "recon/diffusion/picture_score.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <utility>

#include "render/error.h"

namespace maquette::recon::diffusion {

PictureScore weighted_sum(std::vector<WeightedScore> scores) {
    if (scores.empty()) throw UsageError("no score to sum up; give at least one");
    for (const auto& part : scores) {
        if (!part.score || !(part.weight > 0)) {
            throw UsageError(
                fmt::format("{} score of weight {}; leave it out", part.score ? "a" : "an empty", part.weight));
        }
    }
    return [parts = std::move(scores)](const torch::Tensor& pictures) {
        torch::Tensor sum;
        for (const auto& part : parts) {
            const auto term = part.weight * part.score(pictures);
            sum = sum.defined() ? sum + term : term;
        }
        return sum;
    };
}

torch::Tensor scores_of(const PictureScore& score, const torch::Tensor& pictures) {
    const at::NoGradGuard no_gradient;
    auto values = score(pictures).to(torch::kFloat64);
    if (values.dim() != 1 || values.size(0) != pictures.size(0)) {
        throw UsageError(fmt::format("a score gave {} numbers in {} dimensions for {} pictures; one each is needed",
                                     values.numel(), values.dim(), pictures.size(0)));
    }
    return values;
}

LatentLoss loss_of(PictureScore score) {
    return [score = std::move(score)](const Latent& generated) {
        auto loss = score(generated.x).sum();
        if (generated.companion.defined()) loss = loss + score(generated.companion).sum();
        return loss;
    };
}

}  // namespace maquette::recon::diffusion
