#include "recon/diffusion/affine_step.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "render/error.h"

namespace maquette::recon::diffusion {
namespace {

constexpr std::array all = {Parameterization::epsilon, Parameterization::velocity, Parameterization::sample,
                            Parameterization::flow};
constexpr double data = 0.7;
constexpr double noise = -1.3;

double latent_at(const NoiseLevel& level) {
    return level.alpha * data + level.sigma * noise;
}

double output_at(Parameterization parameterization, const NoiseLevel& level) {
    const Mixture mixture = mixture_of(parameterization, level);
    return mixture.data * data + mixture.noise * noise;
}

TEST(AffineStep, DdimKeepsDataAndNoiseBothWays) {
    for (const auto& schedule : {NoiseSchedule::cosine(), NoiseSchedule::rectified_flow()}) {
        const auto from = schedule.at(0.6);
        for (const double time : {0.0, 0.2, 0.9}) {
            const auto to = schedule.at(time);
            for (const auto parameterization : all) {
                const auto step = ddim_step(parameterization, from, to);
                EXPECT_NEAR(step.x_scale * latent_at(from) + step.output_scale * output_at(parameterization, from),
                            latent_at(to), 1e-12);
            }
        }
    }
}

TEST(AffineStep, OnStraightPathsItIsEulersMethod) {
    const auto schedule = NoiseSchedule::rectified_flow();
    const auto step = ddim_step(Parameterization::flow, schedule.at(0.7), schedule.at(0.45));
    EXPECT_NEAR(step.x_scale, 1, 1e-12);
    EXPECT_NEAR(step.output_scale, 0.45 - 0.7, 1e-12);
}

TEST(AffineStep, PublishedCoefficientsOfDdim) {
    const auto schedule = NoiseSchedule::scaled_linear();
    const auto from = schedule.at(0.5);
    const auto to = schedule.at(0.48);
    const double a = std::pow(from.alpha, 2);
    const double b = std::pow(to.alpha, 2);
    const auto step = ddim_step(Parameterization::epsilon, from, to);
    EXPECT_NEAR(step.x_scale, std::sqrt(b / a), 1e-12);
    EXPECT_NEAR(step.output_scale, -std::sqrt(b * (1 - a) / a) + std::sqrt(1 - b), 1e-12);
}

// Ho et al. 2020, equations 6 and 7, with beta of one discrete step.
TEST(AffineStep, AncestralStepIsDdpmsPosterior) {
    const auto schedule = NoiseSchedule::scaled_linear();
    const auto from = schedule.at(0.5);
    const auto to = schedule.at(0.499);
    const double a = std::pow(from.alpha, 2);
    const double b = std::pow(to.alpha, 2);
    const double beta = 1 - a / b;
    const auto step = ancestral_step(Parameterization::sample, from, to, 1);
    EXPECT_NEAR(step.output_scale, std::sqrt(b) * beta / (1 - a), 1e-9);
    EXPECT_NEAR(step.x_scale, std::sqrt(1 - beta) * (1 - b) / (1 - a), 1e-9);
    EXPECT_NEAR(step.noise_scale, std::sqrt((1 - b) / (1 - a) * beta), 1e-9);
    const auto last = ancestral_step(Parameterization::sample, from, schedule.at(0), 1);
    EXPECT_EQ(last.noise_scale, 0);
    EXPECT_NEAR(last.output_scale, 1, 1e-12);
}

TEST(AffineStep, SaysWhereTheOutputTellsNothing) {
    EXPECT_THROW(step_to(Parameterization::epsilon, {1, 0, 1}, {1, 0}), UsageError);
    EXPECT_THROW(step_to(Parameterization::sample, {0, 1, 0}, {0, 1}), UsageError);
    EXPECT_NO_THROW(step_to(Parameterization::velocity, {1, 0, 1}, {1, 0}));
}

// x / alpha quadratic in sigma / alpha, its derivative is what the network calls noise.
TEST(TwoStep, OBelmIsExactOnQuadraticPaths) {
    const auto schedule = NoiseSchedule::cosine();
    const NoiseLevel levels[] = {schedule.at(0.7), schedule.at(0.55), schedule.at(0.3)};
    const auto latent = [](const NoiseLevel& level) {
        const double s = level.sigma / level.alpha;
        return level.alpha * (0.3 - 0.8 * s + 0.6 * s * s);
    };
    const double eps = -0.8 + 1.2 * levels[1].sigma / levels[1].alpha;
    const double x = latent(levels[1]);
    const double x0 = (x - levels[1].sigma * eps) / levels[1].alpha;
    for (const auto parameterization : all) {
        const Mixture mixture = mixture_of(parameterization, levels[1]);
        const auto s = o_belm_step(parameterization, levels[0], levels[1], levels[2]);
        EXPECT_NEAR(s.previous_scale * latent(levels[0]) + s.x_scale * x +
                        s.output_scale * (mixture.data * x0 + mixture.noise * eps),
                    latent(levels[2]), 1e-12);
    }
}

TEST(TwoStep, BothKeepDataAndNoise) {
    const auto schedule = NoiseSchedule::cosine();
    const NoiseLevel levels[] = {schedule.at(0.7), schedule.at(0.55), schedule.at(0.3)};
    for (const auto parameterization : all) {
        for (const auto& s : {bdia_step(parameterization, levels[0], levels[1], levels[2], 0.8),
                              o_belm_step(parameterization, levels[0], levels[1], levels[2])}) {
            EXPECT_NEAR(s.previous_scale * latent_at(levels[0]) + s.x_scale * latent_at(levels[1]) +
                            s.output_scale * output_at(parameterization, levels[1]),
                        latent_at(levels[2]), 1e-12);
            EXPECT_GT(s.previous_scale, 0);
        }
    }
}

}  // namespace
}  // namespace maquette::recon::diffusion
