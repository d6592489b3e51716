#pragma once

#include <torch/types.h>

#include <functional>
#include <span>

#include "recon/diffusion/sampler.h"

namespace maquette::recon::diffusion {

/// What backpropagation through all steps keeps in memory.
enum class GradientMemory {
    everything,  ///< the graph of every step: grows by all activations, one evaluation of the chain
    each_step,   ///< every step's latent; its graph is made again: grows by one latent a step, two evaluations
    nothing,     ///< latents are made again by inverse steps: does not grow, three evaluations
};

/// Scalar to minimise, of the latent at the data's end.
using LatentLoss = std::function<torch::Tensor(const Latent& generated)>;

struct LatentGradient {
    double loss = 0;
    Latent gradient;   ///< of the loss with respect to the latent that step 0 starts from
    Latent generated;  ///< the latent at the data's end, without gradients
};

/// Gradient through every step of a sampler (Wallace, Gokul, Ermon, Naik, "End-to-End Diffusion Latent Optimization
/// Improves Classifier Guidance", ICCV 2023). The modes agree up to rounding; the network's own parameters must not
/// require gradients. Throws UsageError for `nothing` with a sampler that is not exact, or a latent without a
/// companion.
LatentGradient latent_gradient(const Sampler& sampler, const Denoiser& denoiser, const Latent& start,
                               std::span<const NoiseLevel> levels, const LatentLoss& loss, GradientMemory memory);

}  // namespace maquette::recon::diffusion
