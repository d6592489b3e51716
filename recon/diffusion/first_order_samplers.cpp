#include <ATen/Functions.h>

#include "recon/diffusion/sampler_kinds.h"
#include "render/error.h"

namespace maquette::recon::diffusion {
namespace {

class DdimSampler : public Sampler {
public:
    [[nodiscard]] int evaluations_per_step() const override { return 1; }
    [[nodiscard]] bool is_exact() const override { return false; }

    [[nodiscard]] Latent step(const Denoiser& denoiser, const Latent& latent, std::span<const NoiseLevel> levels,
                              std::size_t i) const override {
        const AffineStep s = ddim_step(denoiser.parameterization(), levels[i], levels[i + 1]);
        return {s.x_scale * latent.x + s.output_scale * denoiser.predict(latent.x, levels[i]), {}};
    }

    /// The step solved for its start, with the output asked at its end: the assumption that makes DDIM's inversion
    /// inexact. The level is the start's, as in the published inversion.
    [[nodiscard]] Latent inverse_step(const Denoiser& denoiser, const Latent& latent,
                                      std::span<const NoiseLevel> levels, std::size_t i) const override {
        const auto eps = predict_as(denoiser, Parameterization::epsilon, latent.x, levels[i]);
        const AffineStep s = ddim_step(Parameterization::epsilon, levels[i], levels[i + 1]);
        return {(latent.x - s.output_scale * eps) / s.x_scale, {}};
    }
};

class DdpmSampler : public Sampler {
public:
    explicit DdpmSampler(std::uint64_t seed) : seed_(seed) {}

    [[nodiscard]] int evaluations_per_step() const override { return 1; }
    [[nodiscard]] bool is_exact() const override { return false; }

    [[nodiscard]] Latent step(const Denoiser& denoiser, const Latent& latent, std::span<const NoiseLevel> levels,
                              std::size_t i) const override {
        const AffineStep s = ancestral_step(denoiser.parameterization(), levels[i], levels[i + 1], 1);
        auto x = s.x_scale * latent.x + s.output_scale * denoiser.predict(latent.x, levels[i]);
        if (s.noise_scale > 0) {
            // Stream 0 is what the first latent is drawn from.
            x = x + s.noise_scale * gaussian_noise(x.sizes().vec(), seed_, i + 1, x.scalar_type());
        }
        return {x, {}};
    }

    [[nodiscard]] Latent inverse_step(const Denoiser& /*denoiser*/, const Latent& /*latent*/,
                                      std::span<const NoiseLevel> /*levels*/, std::size_t /*i*/) const override {
        throw UsageError("ddpm draws noise at each step and cannot be inverted; use edict, bdia, o_belm or ddim");
    }

private:
    std::uint64_t seed_;
};

}  // namespace

std::unique_ptr<Sampler> make_ddim_sampler() {
    return std::make_unique<DdimSampler>();
}

std::unique_ptr<Sampler> make_ddpm_sampler(std::uint64_t seed) {
    return std::make_unique<DdpmSampler>(seed);
}

}  // namespace maquette::recon::diffusion
