#include <ATen/Functions.h>

#include <cmath>

#include "recon/diffusion/sampler_kinds.h"

namespace maquette::recon::diffusion {
namespace {

/// EDICT (Wallace, Gokul, Naik, "EDICT: Exact Diffusion Inversion via Coupled Transformations", CVPR 2023); the
/// leapfrog is of the authors' program, not of the paper. The mixing contracts the chains' difference by p^2 each step
/// and its inverse undoes that: rounding errors grow by p^(-2 S), which is why p depends on the number of steps S.
class EdictSampler : public Sampler {
public:
    EdictSampler(double mixing_50, bool leapfrog, Parameterization form)
        : mixing_50_(mixing_50), leapfrog_(leapfrog), form_(form) {}

    [[nodiscard]] int evaluations_per_step() const override { return 2; }
    [[nodiscard]] bool is_exact() const override { return true; }

    [[nodiscard]] Latent begin(const torch::Tensor& noise) const override { return {noise, noise}; }
    [[nodiscard]] Latent begin_inverse(const Denoiser& /*denoiser*/, const torch::Tensor& data,
                                       std::span<const NoiseLevel> /*levels*/) const override {
        return {data, data};
    }

    [[nodiscard]] Latent step(const Denoiser& denoiser, const Latent& latent, std::span<const NoiseLevel> levels,
                              std::size_t i) const override {
        const AffineStep s = ddim_step(form_, levels[i], levels[i + 1]);
        const auto advanced = [&](const torch::Tensor& state, const torch::Tensor& other) {
            return s.x_scale * state + s.output_scale * predict_as(denoiser, form_, other, levels[i]);
        };
        torch::Tensor x;
        torch::Tensor y;
        if (second_first(i)) {
            y = advanced(latent.companion, latent.x);
            x = advanced(latent.x, y);
        } else {
            x = advanced(latent.x, latent.companion);
            y = advanced(latent.companion, x);
        }
        const double p = mixing(levels);
        x = p * x + (1 - p) * y;
        y = p * y + (1 - p) * x;
        return {x, y};
    }

    [[nodiscard]] Latent inverse_step(const Denoiser& denoiser, const Latent& latent,
                                      std::span<const NoiseLevel> levels, std::size_t i) const override {
        const double p = mixing(levels);
        torch::Tensor y = (latent.companion - (1 - p) * latent.x) / p;
        torch::Tensor x = (latent.x - (1 - p) * y) / p;
        const AffineStep s = ddim_step(form_, levels[i], levels[i + 1]);
        const auto returned = [&](const torch::Tensor& state, const torch::Tensor& other) {
            return (state - s.output_scale * predict_as(denoiser, form_, other, levels[i])) / s.x_scale;
        };
        if (second_first(i)) {
            x = returned(x, y);
            y = returned(y, x);
        } else {
            y = returned(y, x);
            x = returned(x, y);
        }
        return {x, y};
    }

private:
    [[nodiscard]] bool second_first(std::size_t i) const { return leapfrog_ && i % 2 == 1; }
    [[nodiscard]] double mixing(std::span<const NoiseLevel> levels) const {
        return std::pow(mixing_50_, 50.0 / static_cast<double>(levels.size() - 1));
    }

    double mixing_50_;
    bool leapfrog_;
    Parameterization form_;
};

}  // namespace

std::unique_ptr<Sampler> make_edict_sampler(double mixing_50, bool leapfrog, Parameterization form) {
    return std::make_unique<EdictSampler>(mixing_50, leapfrog, form);
}

}  // namespace maquette::recon::diffusion
