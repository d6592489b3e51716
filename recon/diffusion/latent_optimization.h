#pragma once

#include <functional>
#include <span>

#include "recon/diffusion/latent_gradient.h"

namespace maquette::recon::diffusion {

struct LatentOptimizationOptions {
    int iterations = 20;
    double gradient_scale = 1;  ///< on the loss; the step itself is 1
    double clip = 0.01;         ///< largest change of an element by one gradient; unit-variance latents
    double momentum = 0.9;
    bool renormalise = true;  ///< each latent keeps its norm, so that it stays the noise the network knows
    bool tie = true;          ///< both chains of the pair stay one latent
    GradientMemory memory = GradientMemory::nothing;
};

struct LatentOptimizationStep {
    int iteration = 0;
    double loss = 0;
    const Latent* generated = nullptr;  ///< what the loss is of: the data's end before this step; for the call only
};

/// DOODL: momentum descent on the latent that a view is generated from (see latent_gradient), by EDICT's pair; or by
/// any sampler's single latent where steps are kept (Novack et al., "DITTO", ICML 2024), for half of EDICT's
/// evaluations a step. Returns the improved latent. observer: after each gradient; false ends the run early. Throws
/// UsageError on options out of range, and what latent_gradient refuses.
Latent optimise_latent(const Sampler& sampler, const Denoiser& denoiser, const Latent& start,
                       std::span<const NoiseLevel> levels, const LatentLoss& loss,
                       const LatentOptimizationOptions& options,
                       const std::function<bool(const LatentOptimizationStep&)>& observer = {});

}  // namespace maquette::recon::diffusion
