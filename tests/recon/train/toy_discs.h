#pragma once

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <string>
#include <vector>

#include "recon/data/random_stream.h"
#include "recon/diffusion/affine_step.h"
#include "recon/diffusion/denoiser.h"
#include "recon/diffusion/sampler.h"
#include "recon/diffusion/time_grid.h"
#include "recon/train/optimizer.h"
#include "recon/train/preference_subject.h"

namespace maquette::recon::testing {

/// Pictures of a disc of one colour on white, 16x16, and a network of a few hundred weights that draws them: it guesses
/// the colour from the mean over the disc.
class ToyDiscs : public PreferenceSubject, public diffusion::Denoiser {
public:
    static constexpr std::int64_t size = 16;
    static constexpr std::int64_t width = 24;

    explicit ToyDiscs(diffusion::Parameterization parameterization = diffusion::Parameterization::velocity)
        : parameterization_(parameterization), disc_(torch::zeros({size, size}, torch::kFloat32)) {
        for (std::int64_t y = 0; y < size; ++y) {
            for (std::int64_t x = 0; x < size; ++x) {
                const double dx = static_cast<double>(x) - 7.5;
                const double dy = static_cast<double>(y) - 7.5;
                if (dx * dx + dy * dy < 30) disc_[y][x] = 1;
            }
        }
        reference_ = initial_parameters(parameter_shapes(), 5);
        learn_to_draw();
    }

    /// [N, 3, 16, 16] of colours [N, 3].
    [[nodiscard]] torch::Tensor discs(const torch::Tensor& colours) const {
        return colours.view({-1, 3, 1, 1}) * disc_ + (1 - disc_);
    }

    /// [N]
    [[nodiscard]] torch::Tensor redness(const torch::Tensor& pictures) const {
        const auto colour = mean_colour(pictures);
        return colour.select(1, 0) - (colour.select(1, 1) + colour.select(1, 2)) / 2;
    }

    /// [count, 3, 16, 16], picture k by the noise of seed + k.
    [[nodiscard]] torch::Tensor drawn(const Parameters& parameters, std::int64_t count, std::uint64_t seed) {
        const at::NoGradGuard no_gradient;
        drawing_ = &parameters;
        const auto sampler = diffusion::make_sampler({});
        const auto levels = diffusion::time_grid(diffusion::NoiseSchedule::cosine(), {.steps = 10});
        return generate(*sampler, *this, sampler->begin(diffusion::gaussian_noise({count, 3, size, size}, seed)),
                        levels)
            .x;
    }

    /// Pairs of its own pictures, the redder one preferred but for a share of wrong labels.
    void rate_redder(int pairs, double wrong, std::uint64_t seed) {
        const auto pictures = drawn(reference_, 2 * pairs, seed).view({pairs, 2, 3, size, size});
        RandomStream random(seed, 0);
        pairs_.clear();
        for (std::int64_t i = 0; i < pairs; ++i) {
            const auto red = redness(pictures[i]);
            const bool first = red[0].item<float>() > red[1].item<float>();
            pairs_.push_back(first != random.chance(wrong) ? pictures[i] : pictures[i].flip({0}));
        }
    }

    [[nodiscard]] diffusion::Parameterization parameterization() const override { return parameterization_; }
    [[nodiscard]] double noisiest() const override { return diffusion::TimeGridOptions().noisiest; }
    [[nodiscard]] std::vector<ParameterShape> parameter_shapes() const override {
        return {{"in.weight", {width, 5}}, {"in.bias", {width}}, {"out.weight", {3, width}}, {"out.bias", {3}}};
    }
    [[nodiscard]] const Parameters& reference() const override { return reference_; }
    [[nodiscard]] int pair_count() const override { return static_cast<int>(pairs_.size()); }
    [[nodiscard]] std::string group_of(int pair) const override { return std::to_string(pair); }
    [[nodiscard]] torch::Tensor pictures(int pair) const override { return pairs_[static_cast<std::size_t>(pair)]; }

    [[nodiscard]] torch::Tensor predict(const Parameters& parameters, const torch::Tensor& x,
                                        std::span<const Row> rows) const override {
        std::vector<diffusion::NoiseLevel> levels;
        for (const Row& row : rows) levels.push_back(row.level);
        return output(parameters, x, levels);
    }
    [[nodiscard]] torch::Tensor predict(const torch::Tensor& x, const diffusion::NoiseLevel& level) const override {
        return output(*drawing_, x, std::vector<diffusion::NoiseLevel>(static_cast<std::size_t>(x.size(0)), level));
    }

private:
    [[nodiscard]] torch::Tensor mean_colour(const torch::Tensor& x) const {
        return (x * disc_).sum({2, 3}) / disc_.sum();
    }

    [[nodiscard]] torch::Tensor output(const Parameters& parameters, const torch::Tensor& x,
                                       const std::vector<diffusion::NoiseLevel>& levels) const {
        const auto n = static_cast<std::int64_t>(levels.size());
        auto factors = torch::empty({4, n, 1}, torch::kFloat32);
        for (std::int64_t i = 0; i < n; ++i) {
            const auto& level = levels[static_cast<std::size_t>(i)];
            // What the output is of x and of the data.
            const auto of_noise = mixture_of(parameterization_, level);
            factors[0][i] = level.alpha;
            factors[1][i] = level.sigma;
            factors[2][i] = of_noise.noise / level.sigma;
            factors[3][i] = of_noise.data - of_noise.noise * level.alpha / level.sigma;
        }
        const auto colour = mean_colour(x);
        const auto hidden = at::silu(at::linear(at::cat({colour, factors[0], factors[1]}, 1),
                                                parameters.at("in.weight"), parameters.at("in.bias")));
        const auto correction = at::linear(hidden, parameters.at("out.weight"), parameters.at("out.bias"));
        const auto data = discs(factors[0] * colour + factors[1] * correction);
        return factors[2].view({n, 1, 1, 1}) * x + factors[3].view({n, 1, 1, 1}) * data;
    }

    /// Any colours, evenly.
    void learn_to_draw() {
        auto levels = diffusion::time_grid(diffusion::NoiseSchedule::cosine(), {.steps = 10});
        levels.pop_back();
        Parameters parameters;
        for (const auto& [name, tensor] : reference_) parameters[name] = tensor.clone().requires_grad_(true);
        Optimizer optimizer({"adamw", 0}, parameters);
        for (int step = 0; step < 400; ++step) {
            RandomStream random(11, static_cast<std::uint64_t>(step));
            constexpr std::int64_t n = 64;
            auto colours = torch::empty({n, 3}, torch::kFloat32);
            for (std::int64_t i = 0; i < colours.numel(); ++i) {
                colours.data_ptr<float>()[i] = static_cast<float>(1.6 * random.uniform() - 0.8);
            }
            std::vector<diffusion::NoiseLevel> drawn;
            auto alphas = torch::empty({n, 1, 1, 1}, torch::kFloat32);
            auto sigmas = torch::empty({n, 1, 1, 1}, torch::kFloat32);
            for (std::int64_t i = 0; i < n; ++i) {
                drawn.push_back(levels[static_cast<std::size_t>(random.below(static_cast<int>(levels.size())))]);
                alphas.data_ptr<float>()[i] = static_cast<float>(drawn.back().alpha);
                sigmas.data_ptr<float>()[i] = static_cast<float>(drawn.back().sigma);
            }
            const auto data = discs(colours);
            const auto noise = diffusion::gaussian_noise(data.sizes().vec(), static_cast<std::uint64_t>(step) * n, 7);
            // Errors of the velocity, whatever it says.
            const auto found = output(parameters, alphas * data + sigmas * noise, drawn);
            auto scales = torch::empty({n, 1, 1, 1}, torch::kFloat32);
            auto truth = torch::empty_like(data);
            for (std::int64_t i = 0; i < n; ++i) {
                const auto& level = drawn[static_cast<std::size_t>(i)];
                const auto mixture = mixture_of(parameterization_, level);
                const auto velocity = mixture_of(diffusion::Parameterization::velocity, level);
                scales.data_ptr<float>()[i] =
                    static_cast<float>(step_to(parameterization_, level, velocity).output_scale);
                truth[i] = mixture.data * data[i] + mixture.noise * noise[i];
            }
            (scales * (found - truth)).pow(2).mean().backward();
            optimizer.step(parameters, 1e-2 * cosine_schedule(step / 400.0, 0.02));
        }
        for (const auto& [name, tensor] : parameters) reference_[name] = tensor.detach().clone();
    }

    diffusion::Parameterization parameterization_;
    torch::Tensor disc_;
    Parameters reference_;
    std::vector<torch::Tensor> pairs_;
    const Parameters* drawing_ = nullptr;
};

}  // namespace maquette::recon::testing
