#pragma once

#include <torch/types.h>

#include <functional>
#include <span>

#include "recon/diffusion/latent_optimization.h"
#include "recon/diffusion/picture_score.h"

namespace maquette::recon::diffusion {

/// Pictures that were improved by a score.
struct ImprovedPictures {
    torch::Tensor pictures;     ///< [N, 4, S, S], each the best that was met
    torch::Tensor before;       ///< [N] score of what would have been drawn without
    torch::Tensor after;        ///< [N] score of the pictures: never above `before`
    long long evaluations = 0;  ///< of the denoiser for the whole batch, a backward pass counted as one
};

/// Pictures by optimise_latent with a score as the loss: row by row, the best of all that the descent passes counts,
/// the start's own among them. observer: as in optimise_latent; false keeps the best so far. Throws what
/// optimise_latent does.
ImprovedPictures optimise_pictures(const Sampler& sampler, const Denoiser& denoiser, const Latent& start,
                                   std::span<const NoiseLevel> levels, const PictureScore& score,
                                   const LatentOptimizationOptions& options,
                                   const std::function<bool(const LatentOptimizationStep&)>& observer = {});

/// What it evaluates over that many steps of the sampler, so that rivals can be given as much.
long long evaluations_of(const LatentOptimizationOptions& options, const Sampler& sampler, std::size_t steps);

}  // namespace maquette::recon::diffusion
