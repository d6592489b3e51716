#include <ATen/Functions.h>

#include <functional>
#include <utility>

#include "recon/diffusion/sampler_kinds.h"

namespace maquette::recon::diffusion {
namespace {

using Formula = std::function<TwoStep(Parameterization, const NoiseLevel&, const NoiseLevel&, const NoiseLevel&)>;

/// Samplers that make the next state from the last two. Written z_0 .. z_S from noise to data: after step i the latent
/// is (z_(i+1), z_i); at the noisy end there is nothing before z_0, and its companion is z_1, which the first step
/// would otherwise make by DDIM.
class TwoStepSampler : public Sampler {
public:
    explicit TwoStepSampler(Formula formula) : formula_(std::move(formula)), ddim_(make_ddim_sampler()) {}

    [[nodiscard]] int evaluations_per_step() const override { return 1; }
    [[nodiscard]] bool is_exact() const override { return true; }

    [[nodiscard]] Latent begin_inverse(const Denoiser& denoiser, const torch::Tensor& data,
                                       std::span<const NoiseLevel> levels) const override {
        return {data, ddim_->inverse_step(denoiser, {data, {}}, levels, levels.size() - 2).x};
    }

    [[nodiscard]] Latent step(const Denoiser& denoiser, const Latent& latent, std::span<const NoiseLevel> levels,
                              std::size_t i) const override {
        if (i == 0) {
            if (latent.companion.defined()) return {latent.companion, latent.x};
            return {ddim_->step(denoiser, latent, levels, 0).x, latent.x};
        }
        const TwoStep s = formula_(denoiser.parameterization(), levels[i - 1], levels[i], levels[i + 1]);
        return {s.previous_scale * latent.companion + s.x_scale * latent.x +
                    s.output_scale * denoiser.predict(latent.x, levels[i]),
                latent.x};
    }

    [[nodiscard]] Latent inverse_step(const Denoiser& denoiser, const Latent& latent,
                                      std::span<const NoiseLevel> levels, std::size_t i) const override {
        if (i == 0) return {latent.companion, latent.x};
        const TwoStep s = formula_(denoiser.parameterization(), levels[i - 1], levels[i], levels[i + 1]);
        const auto& x = latent.companion;
        const auto rest = s.x_scale * x + s.output_scale * denoiser.predict(x, levels[i]);
        return {x, (latent.x - rest) / s.previous_scale};
    }

private:
    Formula formula_;
    std::unique_ptr<Sampler> ddim_;
};

}  // namespace

std::unique_ptr<Sampler> make_bdia_sampler(double gamma) {
    return std::make_unique<TwoStepSampler>(
        [gamma](Parameterization p, const NoiseLevel& previous, const NoiseLevel& level, const NoiseLevel& next) {
            return bdia_step(p, previous, level, next, gamma);
        });
}

std::unique_ptr<Sampler> make_o_belm_sampler() {
    return std::make_unique<TwoStepSampler>(o_belm_step);
}

}  // namespace maquette::recon::diffusion
