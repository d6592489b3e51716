#pragma once

#include <ATen/Functions.h>

#include "recon/diffusion/denoiser.h"

namespace maquette::recon::diffusion::testing {

/// Knows the data's posterior mean exactly and answers in any parameterisation.
class ExactDenoiser : public Denoiser {
public:
    explicit ExactDenoiser(Parameterization parameterization) : parameterization_(parameterization) {}

    [[nodiscard]] Parameterization parameterization() const override { return parameterization_; }
    [[nodiscard]] torch::Tensor predict(const torch::Tensor& x, const NoiseLevel& level) const override {
        ++evaluations;
        const auto data = posterior_mean(x, level);
        const auto noise = (x - level.alpha * data) / level.sigma;
        const Mixture mixture = mixture_of(parameterization_, level);
        return mixture.data * data + mixture.noise * noise;
    }
    [[nodiscard]] virtual torch::Tensor posterior_mean(const torch::Tensor& x, const NoiseLevel& level) const = 0;

    mutable int evaluations = 0;

private:
    Parameterization parameterization_;
};

/// Data is normal with this mean and deviation.
class GaussianDenoiser : public ExactDenoiser {
public:
    GaussianDenoiser(Parameterization parameterization, double mean, double deviation)
        : ExactDenoiser(parameterization), mean_(mean), variance_(deviation * deviation) {}

    [[nodiscard]] torch::Tensor posterior_mean(const torch::Tensor& x, const NoiseLevel& level) const override {
        const double total = level.alpha * level.alpha * variance_ + level.sigma * level.sigma;
        return mean_ + level.alpha * variance_ / total * (x - level.alpha * mean_);
    }

private:
    double mean_;
    double variance_;
};

/// Data is an even mixture of normals at +-mode: not linear, as a network's answer is not.
class BimodalDenoiser : public ExactDenoiser {
public:
    BimodalDenoiser(Parameterization parameterization, double mode, double deviation)
        : ExactDenoiser(parameterization), mode_(mode), variance_(deviation * deviation) {}

    [[nodiscard]] torch::Tensor posterior_mean(const torch::Tensor& x, const NoiseLevel& level) const override {
        const double total = level.alpha * level.alpha * variance_ + level.sigma * level.sigma;
        const auto side = at::tanh(x * (level.alpha * mode_ / total));
        return mode_ * side + level.alpha * variance_ / total * (x - level.alpha * mode_ * side);
    }

private:
    double mode_;
    double variance_;
};

}  // namespace maquette::recon::diffusion::testing
