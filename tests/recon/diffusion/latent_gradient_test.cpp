#include "recon/diffusion/latent_gradient.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "recon/diffusion/latent_optimization.h"
#include "recon/diffusion/time_grid.h"
#include "render/error.h"
#include "tests/recon/diffusion/closed_form_denoisers.h"

namespace maquette::recon::diffusion {
namespace {

using testing::BimodalDenoiser;

/// Both chains' pictures should look like the target.
LatentLoss towards(const torch::Tensor& target) {
    return [target](const Latent& generated) {
        auto loss = (generated.x - target).pow(2).mean();
        if (generated.companion.defined()) loss = loss + (generated.companion - target).pow(2).mean();
        return loss;
    };
}

class LatentGradients : public ::testing::Test {
protected:
    LatentGradients() { use(torch::kFloat64, 20); }

    void use(torch::ScalarType type, int steps) {
        levels_ = time_grid(NoiseSchedule::cosine(), {.steps = steps});
        noise_ = gaussian_noise({2, 24}, 3, 0, type);
        target_ = 0.9 * at::sign(gaussian_noise({2, 24}, 9, 0, type));
    }
    [[nodiscard]] LatentGradient gradient(GradientMemory memory) const {
        return latent_gradient(*edict_, denoiser_, edict_->begin(noise_), levels_, towards(target_), memory);
    }
    static double relative_error(const torch::Tensor& a, const torch::Tensor& b) {
        return ((a - b).norm() / b.norm()).item<double>();
    }

    BimodalDenoiser denoiser_{Parameterization::velocity, 0.9, 0.3};
    std::unique_ptr<Sampler> edict_ = make_sampler({.kind = SamplerKind::edict});
    std::vector<NoiseLevel> levels_;
    torch::Tensor noise_;
    torch::Tensor target_;
};

TEST_F(LatentGradients, AllMemoryModesAgree) {
    for (const int steps : {5, 20, 50}) {
        use(torch::kFloat64, steps);
        const auto everything = gradient(GradientMemory::everything);
        const auto each_step = gradient(GradientMemory::each_step);
        const auto nothing = gradient(GradientMemory::nothing);
        ASSERT_GT(everything.gradient.x.norm().item<double>(), 1e-4);
        EXPECT_EQ(each_step.loss, everything.loss);
        EXPECT_LT(relative_error(each_step.gradient.x, everything.gradient.x), 1e-12) << steps;
        EXPECT_LT(relative_error(each_step.gradient.companion, everything.gradient.companion), 1e-12) << steps;
        EXPECT_LT(relative_error(nothing.gradient.x, everything.gradient.x), 1e-8) << steps;
        EXPECT_LT(relative_error(nothing.gradient.companion, everything.gradient.companion), 1e-8) << steps;
        EXPECT_TRUE(at::equal(nothing.generated.x, everything.generated.x));
    }
    use(torch::kFloat32, 20);
    EXPECT_LT(
        relative_error(gradient(GradientMemory::nothing).gradient.x, gradient(GradientMemory::everything).gradient.x),
        1e-4);
}

TEST_F(LatentGradients, AreThoseOfFiniteDifferences) {
    const auto loss_at = [&](const Latent& start) {
        return towards(target_)(generate(*edict_, denoiser_, start, levels_)).item<double>();
    };
    const auto found = gradient(GradientMemory::nothing);
    const auto direction = gaussian_noise({2, 24}, 77, 0, torch::kFloat64);
    constexpr double h = 1e-6;
    const double in_x =
        (loss_at({noise_ + h * direction, noise_}) - loss_at({noise_ - h * direction, noise_})) / (2 * h);
    EXPECT_NEAR((found.gradient.x * direction).sum().item<double>(), in_x, 1e-5 * std::abs(in_x) + 1e-8);
    const double in_y =
        (loss_at({noise_, noise_ + h * direction}) - loss_at({noise_, noise_ - h * direction})) / (2 * h);
    EXPECT_NEAR((found.gradient.companion * direction).sum().item<double>(), in_y, 1e-5 * std::abs(in_y) + 1e-8);
}

TEST_F(LatentGradients, EvaluationsAreOneToTwoToThree) {
    const auto cost = [&](GradientMemory memory) {
        denoiser_.evaluations = 0;
        static_cast<void>(gradient(memory));
        return denoiser_.evaluations;
    };
    const int once = cost(GradientMemory::everything);
    EXPECT_EQ(once, 40);
    EXPECT_EQ(cost(GradientMemory::each_step), 2 * once);
    EXPECT_EQ(cost(GradientMemory::nothing), 3 * once);
}

TEST_F(LatentGradients, SamplersThatDoNotInvertKeepEachStep) {
    const auto ddim = make_sampler({});
    const auto run = [&](GradientMemory memory) {
        return latent_gradient(*ddim, denoiser_, ddim->begin(noise_), levels_, towards(target_), memory);
    };
    EXPECT_LT(relative_error(run(GradientMemory::each_step).gradient.x, run(GradientMemory::everything).gradient.x),
              1e-12);
    EXPECT_THROW(run(GradientMemory::nothing), UsageError);
}

TEST_F(LatentGradients, OptimisationReachesTheTarget) {
    std::vector<double> losses;
    LatentOptimizationOptions options;
    options.iterations = 40;
    options.gradient_scale = 100;
    options.clip = 0.05;
    const auto start = edict_->begin(noise_);
    const auto latent = optimise_latent(*edict_, denoiser_, start, levels_, towards(target_), options,
                                        [&](const LatentOptimizationStep& step) {
                                            losses.push_back(step.loss);
                                            return true;
                                        });
    ASSERT_EQ(losses.size(), 40U);
    EXPECT_LT(losses.back(), 0.5 * losses.front());
    EXPECT_TRUE(at::equal(latent.x, latent.companion));
    EXPECT_TRUE(at::allclose(latent.x.norm(2, 1), noise_.norm(2, 1), 1e-9, 0));
    EXPECT_FALSE(latent.x.requires_grad());
}

TEST_F(LatentGradients, OptimisationMovesNoFartherThanItMay) {
    LatentOptimizationOptions options;
    options.iterations = 1;
    options.gradient_scale = 1e6;
    options.clip = 0.01;
    options.renormalise = false;
    const auto latent = optimise_latent(*edict_, denoiser_, edict_->begin(noise_), levels_, towards(target_), options);
    EXPECT_NEAR((latent.x - noise_).abs().max().item<double>(), 0.01, 1e-9);
    options.tie = false;
    const auto pair = optimise_latent(*edict_, denoiser_, edict_->begin(noise_), levels_, towards(target_), options);
    EXPECT_FALSE(at::equal(pair.x, pair.companion));
    options.clip = 0;
    EXPECT_THROW(optimise_latent(*edict_, denoiser_, edict_->begin(noise_), levels_, towards(target_), options),
                 UsageError);
}

}  // namespace
}  // namespace maquette::recon::diffusion
