#pragma once

#include <torch/types.h>

#include <functional>
#include <vector>

#include "recon/diffusion/latent_gradient.h"

namespace maquette::recon::diffusion {

/// How far each of N generated pictures breaks something that is known: [N, 4, S, S], red, green, blue over white and
/// mask, each -1..1, to [N]. 0: not at all, about 1: as badly as can be. Differentiable by the pictures, and each row's
/// score depends on that row alone. What is known of the targets is bound into the function, so that row k must be the
/// view of target k: epipolar_score and cycle_score make such, and so may anyone.
using PictureScore = std::function<torch::Tensor(const torch::Tensor& pictures)>;

struct WeightedScore {
    PictureScore score;
    double weight = 1;  ///< above 0
};

/// The weighted sum. Throws UsageError on no scores, an empty one or a weight that is not above 0.
PictureScore weighted_sum(std::vector<WeightedScore> scores);

/// Scores of pictures without gradients, [N] float64. Throws UsageError where the score gives another shape.
torch::Tensor scores_of(const PictureScore& score, const torch::Tensor& pictures);

/// What latent_gradient minimises: the sum over rows, and over both chains of a pair.
LatentLoss loss_of(PictureScore score);

}  // namespace maquette::recon::diffusion
