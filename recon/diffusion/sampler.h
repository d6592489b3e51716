#pragma once

#include <torch/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "recon/diffusion/denoiser.h"

namespace maquette::recon::diffusion {

/// What a sampler carries from step to step.
struct Latent {
    torch::Tensor x;
    /// EDICT: the coupled second chain. BDIA and O-BELM: the neighbouring state, which they need for exact inversion:
    /// at the noisy end the one after x, elsewhere the one before. DDIM, DDPM, Euler: undefined.
    torch::Tensor companion;
};

enum class SamplerKind {
    ddim,        ///< Song et al. 2021; deterministic
    ddpm,        ///< Ho et al. 2020; the only stochastic one, not invertible
    edict,       ///< Wallace, Gokul, Naik, CVPR 2023; exactly invertible, two evaluations a step
    bdia,        ///< Zhang et al. 2024; exactly invertible, one evaluation a step
    o_belm,      ///< Wang et al. 2024; exactly invertible, one evaluation a step
    flow_euler,  ///< Euler's method on straight paths (Liu et al. 2023); on other schedules the same as ddim
};

struct SamplerOptions {
    SamplerKind kind = SamplerKind::ddim;
    std::uint64_t seed = 0;         ///< ddpm: of the noise added at each step, row k gets seed + k
    double edict_mixing_50 = 0.93;  ///< p at 50 steps; S steps use p^(50 / S), so that the inverse amplifies alike
    bool edict_leapfrog = true;     ///< swap the order of the two updates on every second step
    double bdia_gamma = 1;          ///< 0..1, above 0
    /// EDICT: in which form the step adds the output. One chain's output is asked at the other's state, so that the
    /// forms differ: the published one, epsilon, multiplies what the chains differ by by the ratio of the levels'
    /// alphas on the way to the data, velocity on the way back. Epsilon keeps them together in inversion, velocity
    /// where views are drawn from next to no picture (from_pure_noise). Not sample: its last step forgets x.
    Parameterization edict_form = Parameterization::epsilon;
};

/// One step at a time from noise to data and back. `levels`: falling noise, as of time_grid; step i goes from levels[i]
/// to levels[i + 1]. Tensors of any float type; differentiable.
class Sampler {
public:
    virtual ~Sampler() = default;

    [[nodiscard]] virtual int evaluations_per_step() const = 0;
    /// Whether `inverse_step` undoes `step` up to rounding.
    [[nodiscard]] virtual bool is_exact() const = 0;

    /// The latent that step 0 starts from.
    [[nodiscard]] virtual Latent begin(const torch::Tensor& noise) const { return {noise, {}}; }
    /// The latent that the last inverse step starts from.
    [[nodiscard]] virtual Latent begin_inverse(const Denoiser& denoiser, const torch::Tensor& data,
                                               std::span<const NoiseLevel> levels) const;

    [[nodiscard]] virtual Latent step(const Denoiser& denoiser, const Latent& latent,
                                      std::span<const NoiseLevel> levels, std::size_t i) const = 0;
    /// Throws UsageError where the sampler draws noise.
    [[nodiscard]] virtual Latent inverse_step(const Denoiser& denoiser, const Latent& latent,
                                              std::span<const NoiseLevel> levels, std::size_t i) const = 0;
};

/// Throws UsageError when an option is out of its range.
std::unique_ptr<Sampler> make_sampler(const SamplerOptions& options);

/// Called after each step with the number of steps done; false ends the run early.
using StepObserver = std::function<bool(std::size_t done, const Latent& latent)>;

/// All steps from levels.front() to levels.back(); the latent from `begin`, or one that an inversion left.
Latent generate(const Sampler& sampler, const Denoiser& denoiser, Latent latent, std::span<const NoiseLevel> levels,
                const StepObserver& observer = {});

/// All steps backwards, from data at levels.back() to noise at levels.front(). latent: from `begin_inverse`, or what
/// `generate` gave.
Latent invert(const Sampler& sampler, const Denoiser& denoiser, Latent latent, std::span<const NoiseLevel> levels);

}  // namespace maquette::recon::diffusion
