#pragma once

#include <torch/types.h>

#include <cstdint>
#include <span>
#include <vector>

#include "recon/diffusion/picture_optimization.h"
#include "recon/diffusion/picture_score.h"
#include "recon/diffusion/sampler.h"

/// The rivals of latent optimisation: cheaper ways to pictures of a low score.
namespace maquette::recon::diffusion {

/// One-step guidance (Dhariwal & Nichol, "Diffusion Models Beat GANs on Image Synthesis", NeurIPS 2021, algorithm 2,
/// with the score of the predicted data in place of a classifier of noisy pictures): the noise is moved by sigma *
/// scale * the gradient of the score, by x, of x0 as one prediction has it. What it lacks is that x0 is a blur until
/// late.
class OneStepGuidance : public Denoiser {
public:
    /// The denoiser is borrowed. scale: 0 or more; 0: as the denoiser.
    OneStepGuidance(const Denoiser& denoiser, PictureScore score, double scale);

    [[nodiscard]] Parameterization parameterization() const override { return Parameterization::epsilon; }
    /// Two evaluations, the backward pass counted. Gives no gradient to x.
    [[nodiscard]] torch::Tensor predict(const torch::Tensor& x, const NoiseLevel& level) const override;

private:
    const Denoiser* denoiser_;
    PictureScore score_;
    double scale_;
};

/// Pictures under one-step guidance from noise. before: without it, for which as many evaluations again are not
/// counted.
ImprovedPictures guided_pictures(const Sampler& sampler, const Denoiser& denoiser, const torch::Tensor& noise,
                                 std::span<const NoiseLevel> levels, const PictureScore& score, double scale);

struct BestOfSeeds {
    ImprovedPictures improved;         ///< before: of the first seed
    std::vector<std::uint64_t> seeds;  ///< [N] of each row's best
    int tried = 0;                     ///< seeds of each row
};

/// For each row the best by the score of as many seeds as the evaluations allow, one at least. shape: [N, ...] of the
/// pictures; row k tries seed + k, seed + k + N, seed + k + 2 N ...
BestOfSeeds best_of_seeds(const Sampler& sampler, const Denoiser& denoiser, const std::vector<std::int64_t>& shape,
                          std::span<const NoiseLevel> levels, const PictureScore& score, std::uint64_t seed,
                          long long evaluations);

}  // namespace maquette::recon::diffusion
