#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "recon/diffusion/affine_step.h"
#include "recon/diffusion/noise_schedule.h"

namespace maquette::recon::diffusion {

/// Says what is data and what is noise in a latent. Pure: the same output for the same arguments, so that samplers can
/// be inverted.
class Denoiser {
public:
    virtual ~Denoiser() = default;
    [[nodiscard]] virtual Parameterization parameterization() const = 0;
    /// x: [N, ...], all at one level. Returns the shape and type of x. Differentiable where x requires gradients.
    [[nodiscard]] virtual torch::Tensor predict(const torch::Tensor& x, const NoiseLevel& level) const = 0;
};

/// The same knowledge in another parameterisation. Throws UsageError where the level leaves it undetermined.
torch::Tensor predict_as(const Denoiser& denoiser, Parameterization wanted, const torch::Tensor& x,
                         const NoiseLevel& level);

/// Which conditions the network is shown.
struct ShownConditions {
    bool photo = true;
    bool geometry = true;
};

/// A denoiser whose conditions can be withheld one by one.
class ConditionalDenoiser {
public:
    virtual ~ConditionalDenoiser() = default;
    [[nodiscard]] virtual Parameterization parameterization() const = 0;
    [[nodiscard]] virtual torch::Tensor predict(const torch::Tensor& x, const NoiseLevel& level,
                                                ShownConditions shown) const = 0;
};

/// How strongly each condition counts; 1: as trained, 0: not at all, above 1: exaggerated.
struct GuidanceScales {
    double photo = 1;
    double geometry = 1;
};

/// Classifier-free guidance (Ho & Salimans 2022) on two conditions (Brooks et al., "InstructPix2Pix", CVPR 2023,
/// equation 3, geometry first): f(none) + g (f(geometry) - f(none)) + p (f(photo, geometry) - f(geometry)). Evaluations
/// that would count zero are left out, so that scales of 1 cost one.
class GuidedDenoiser : public Denoiser {
public:
    /// The denoiser is borrowed.
    GuidedDenoiser(const ConditionalDenoiser& denoiser, GuidanceScales scales);

    [[nodiscard]] Parameterization parameterization() const override { return denoiser_->parameterization(); }
    [[nodiscard]] torch::Tensor predict(const torch::Tensor& x, const NoiseLevel& level) const override;

private:
    const ConditionalDenoiser* denoiser_;
    GuidanceScales scales_;
};

/// Standard normal [N, ...] of the type. Row k of `seed` is row 0 of seed + k: a picture does not depend on the batch
/// that it is drawn in. stream: independent numbers for the same seed.
torch::Tensor gaussian_noise(const std::vector<std::int64_t>& shape, std::uint64_t seed, std::uint64_t stream = 0,
                             torch::ScalarType type = torch::kFloat32);

}  // namespace maquette::recon::diffusion
