#include "recon/diffusion/sampler.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cmath>
#include <utility>
#include <vector>

#include "recon/diffusion/time_grid.h"
#include "render/error.h"
#include "tests/recon/diffusion/closed_form_denoisers.h"

namespace maquette::recon::diffusion {
namespace {

using testing::BimodalDenoiser;
using testing::GaussianDenoiser;

constexpr double mean = 0.4;
constexpr double deviation = 0.3;

std::vector<NoiseLevel> grid_of(int steps, TimeSpacing spacing = TimeSpacing::karras,
                                const NoiseSchedule& schedule = NoiseSchedule::cosine()) {
    return time_grid(schedule, {.spacing = spacing, .steps = steps});
}

std::unique_ptr<Sampler> sampler_of(SamplerKind kind) {
    return make_sampler({.kind = kind, .seed = 5});
}

/// Noise as it is at the grid's first level for data of this mean and deviation.
torch::Tensor first_latent(const NoiseLevel& level, std::int64_t count, torch::ScalarType type = torch::kFloat64) {
    const double total = std::sqrt(std::pow(level.alpha * deviation, 2) + level.sigma * level.sigma);
    return level.alpha * mean + total * gaussian_noise({1, count}, 11, 0, type);
}

double largest(const torch::Tensor& x) {
    return x.abs().max().item<double>();
}
double mean_square(const torch::Tensor& x) {
    return x.pow(2).mean().item<double>();
}
double std_of(const torch::Tensor& x) {
    return x.to(torch::kFloat64).std().item<double>();
}

TEST(Samplers, ReproduceMeanAndDeviationOfGaussianData) {
    for (const auto kind : {SamplerKind::ddim, SamplerKind::ddpm, SamplerKind::edict, SamplerKind::bdia,
                            SamplerKind::o_belm, SamplerKind::flow_euler}) {
        const auto schedule =
            kind == SamplerKind::flow_euler ? NoiseSchedule::rectified_flow() : NoiseSchedule::cosine();
        const auto grid = grid_of(100, TimeSpacing::log_snr, schedule);
        const GaussianDenoiser denoiser(Parameterization::velocity, mean, deviation);
        const auto sampler = sampler_of(kind);
        const auto noise = first_latent(grid.front(), 40000);
        const auto x = generate(*sampler, denoiser, sampler->begin(noise), grid).x;
        // Standard errors over 40000: 0.0015 of the mean, 0.001 of the deviation.
        EXPECT_NEAR(x.mean().item<double>(), mean, 0.008) << static_cast<int>(kind);
        EXPECT_NEAR(std_of(x), deviation, 0.02) << static_cast<int>(kind);
        EXPECT_EQ(denoiser.evaluations, 100 * sampler->evaluations_per_step());
    }
}

// Gaussian data moves along a known curve: each element keeps its place in the distribution.
TEST(Samplers, ConvergeToTheExactPath) {
    const GaussianDenoiser denoiser(Parameterization::velocity, mean, deviation);
    for (const auto& [kind, order] : {std::pair{SamplerKind::ddim, 1.0}, std::pair{SamplerKind::o_belm, 1.5}}) {
        const auto sampler = sampler_of(kind);
        std::vector<double> errors;
        for (const int steps : {20, 80}) {
            const auto grid = grid_of(steps);
            const auto noise = first_latent(grid.front(), 1000);
            const double total =
                std::sqrt(std::pow(grid.front().alpha * deviation, 2) + std::pow(grid.front().sigma, 2));
            const auto exact = mean + deviation * (noise - grid.front().alpha * mean) / total;
            errors.push_back(largest(generate(*sampler, denoiser, sampler->begin(noise), grid).x - exact));
        }
        EXPECT_LT(errors[1], errors[0] / std::pow(4, 0.9 * order)) << static_cast<int>(kind);
    }
}

TEST(Samplers, ParameterisationsGiveTheSamePath) {
    const auto grid = grid_of(20);
    const auto noise = first_latent(grid.front(), 100);
    for (const auto kind : {SamplerKind::ddim, SamplerKind::edict, SamplerKind::bdia, SamplerKind::o_belm}) {
        const auto sampler = sampler_of(kind);
        const auto expected =
            generate(*sampler, BimodalDenoiser(Parameterization::velocity, 0.9, 0.1), sampler->begin(noise), grid);
        for (const auto other : {Parameterization::epsilon, Parameterization::sample, Parameterization::flow}) {
            const auto got = generate(*sampler, BimodalDenoiser(other, 0.9, 0.1), sampler->begin(noise), grid);
            EXPECT_LT(largest(got.x - expected.x), 1e-9) << static_cast<int>(kind);
        }
    }
}

/// Round trip of bimodal data, and what is known of the latent on the way.
struct RoundTrip {
    double max_error = 0;
    double mean_square_error = 0;
    double latent_deviation = 0;
    double chain_distance = 0;
};

RoundTrip round_trip(const SamplerOptions& options, int steps, torch::ScalarType type,
                     TimeSpacing spacing = TimeSpacing::karras) {
    const BimodalDenoiser denoiser(Parameterization::velocity, 0.9, 0.1);
    const auto sampler = make_sampler(options);
    const auto grid = grid_of(steps, spacing);
    const auto side = at::sign(gaussian_noise({2, 3, 16, 16}, 3, 0, torch::kFloat64));
    auto data = 0.9 * side + 0.1 * gaussian_noise({2, 3, 16, 16}, 4, 0, torch::kFloat64);
    data = data.clamp(-1, 1).to(type);
    const auto latent = invert(*sampler, denoiser, sampler->begin_inverse(denoiser, data, grid), grid);
    const auto back = generate(*sampler, denoiser, latent, grid);
    RoundTrip result;
    result.max_error = largest(back.x - data);
    result.mean_square_error = mean_square(back.x - data);
    result.latent_deviation = std_of(latent.x);
    if (latent.companion.defined()) result.chain_distance = std::sqrt(mean_square(latent.x - latent.companion));
    return result;
}

TEST(Edict, RoundTripIsExact) {
    for (const int steps : {20, 50}) {
        const auto single = round_trip({.kind = SamplerKind::edict}, steps, torch::kFloat32);
        EXPECT_LT(single.max_error, 1e-3);
        const auto exact = round_trip({.kind = SamplerKind::edict}, steps, torch::kFloat64);
        EXPECT_LT(exact.max_error, 1e-9);
        // A round trip alone would also be exact from latents that are no noise at all.
        EXPECT_GT(exact.latent_deviation, 0.7);
        EXPECT_LT(exact.latent_deviation, 1.3);
        EXPECT_LT(exact.chain_distance, 0.1);
        const auto ddim = round_trip({.kind = SamplerKind::ddim}, steps, torch::kFloat32);
        EXPECT_GT(ddim.mean_square_error, 100 * single.mean_square_error);
    }
}

TEST(Edict, ErrorIsBoundedByTheMixingsAmplification) {
    for (const int steps : {20, 50, 100}) {
        for (const double p : {0.9, 0.93, 0.97}) {
            SamplerOptions options{.kind = SamplerKind::edict, .edict_mixing_50 = p};
            const double amplification = std::pow(p, -100);
            EXPECT_LT(round_trip(options, steps, torch::kFloat64).max_error, 100 * 2.2e-16 * amplification)
                << steps << " steps, p " << p;
        }
    }
}

// Too strong a mixing: the round trip alone would not show it.
TEST(Edict, StrongMixingSpoilsTheLatents) {
    const SamplerOptions options{.kind = SamplerKind::edict, .edict_mixing_50 = 0.8};
    const auto spoiled = round_trip(options, 50, torch::kFloat64);
    EXPECT_LT(spoiled.max_error, 1e-3);
    EXPECT_GT(spoiled.chain_distance, 1);
}

TEST(Edict, LeapfrogSwapsEverySecondStep) {
    const BimodalDenoiser denoiser(Parameterization::velocity, 0.9, 0.1);
    const auto grid = grid_of(3);
    const auto with = make_sampler({.kind = SamplerKind::edict});
    const auto without = make_sampler({.kind = SamplerKind::edict, .edict_leapfrog = false});
    const auto noise = first_latent(grid.front(), 50);
    const Latent start{noise, noise + 0.1};
    EXPECT_TRUE(at::equal(with->step(denoiser, start, grid, 0).x, without->step(denoiser, start, grid, 0).x));
    EXPECT_FALSE(at::equal(with->step(denoiser, start, grid, 1).x, without->step(denoiser, start, grid, 1).x));
    EXPECT_TRUE(at::equal(with->step(denoiser, start, grid, 2).x, without->step(denoiser, start, grid, 2).x));
    // With the chains' names swapped, a swapped step is the plain one up to the mixing.
    SamplerOptions unmixed{.kind = SamplerKind::edict, .edict_mixing_50 = 1};
    const auto leap = make_sampler(unmixed);
    const auto a = leap->step(denoiser, start, grid, 1);
    unmixed.edict_leapfrog = false;
    const auto b = make_sampler(unmixed)->step(denoiser, {start.companion, start.x}, grid, 1);
    EXPECT_TRUE(at::equal(a.x, b.companion));
    EXPECT_TRUE(at::equal(a.companion, b.x));
}

TEST(Edict, MixingFollowsTheNumberOfSteps) {
    // Without a network the chains' difference contracts by p^2 a step, whatever the order.
    const GaussianDenoiser nothing(Parameterization::epsilon, 0, 0);
    for (const int steps : {10, 50}) {
        const auto grid = grid_of(steps);
        const auto sampler = sampler_of(SamplerKind::edict);
        const AffineStep s = ddim_step(Parameterization::epsilon, grid[0], grid[1]);
        // eps = x / sigma for data that is all zero.
        const double gain = s.output_scale / grid[0].sigma;
        const auto x = at::ones({1, 1}, torch::kFloat64);
        const auto y = at::zeros({1, 1}, torch::kFloat64);
        const auto after = sampler->step(nothing, {x, y}, grid, 0);
        const double x1 = s.x_scale;
        const double y1 = gain * x1;
        const double p = std::pow(0.93, 50.0 / steps);
        EXPECT_NEAR((after.x - after.companion).item<double>(), p * p * (x1 - y1), 1e-12);
    }
}

TEST(Edict, EveryFormIsExact) {
    for (const auto form : {Parameterization::epsilon, Parameterization::velocity, Parameterization::flow}) {
        const SamplerOptions options{.kind = SamplerKind::edict, .edict_form = form};
        EXPECT_LT(round_trip(options, 50, torch::kFloat64).max_error, 1e-9) << static_cast<int>(form);
    }
}

TEST(Edict, DrawsFromPureNoiseInTheFormOfVelocity) {
    const GaussianDenoiser denoiser(Parameterization::velocity, mean, deviation);
    const auto grid = time_grid(NoiseSchedule::cosine(), {.steps = 20, .noisiest = 500});
    const auto noise = first_latent(grid.front(), 1000);
    const auto plain = sampler_of(SamplerKind::ddim);
    const auto expected = generate(*plain, denoiser, plain->begin(noise), grid).x;
    const auto error = [&](Parameterization form) {
        const auto sampler = make_sampler({.kind = SamplerKind::edict, .edict_form = form});
        return mean_square(generate(*sampler, denoiser, sampler->begin(noise), grid).x - expected);
    };
    EXPECT_LT(error(Parameterization::velocity), 0.1 * deviation * deviation);
    EXPECT_LT(error(Parameterization::velocity), 0.25 * error(Parameterization::epsilon));
}

TEST(TwoStepSamplers, RoundTripIsExact) {
    for (const auto kind : {SamplerKind::bdia, SamplerKind::o_belm}) {
        EXPECT_LT(round_trip({.kind = kind}, 50, torch::kFloat64).max_error, 1e-9);
        EXPECT_LT(round_trip({.kind = kind}, 20, torch::kFloat32).max_error, 1e-3);
    }
    const auto latent = round_trip({.kind = SamplerKind::bdia}, 50, torch::kFloat64);
    EXPECT_GT(latent.latent_deviation, 0.5);
    EXPECT_LT(latent.latent_deviation, 1.5);
}

TEST(Ddim, InversionGetsBetterWithSteps) {
    const double few = round_trip({.kind = SamplerKind::ddim}, 20, torch::kFloat64).mean_square_error;
    const double many = round_trip({.kind = SamplerKind::ddim}, 200, torch::kFloat64).mean_square_error;
    EXPECT_GT(few, 1e-6);
    EXPECT_LT(many, few / 4);
}

TEST(Ddpm, NoiseFollowsTheSeed) {
    const auto grid = grid_of(10);
    const BimodalDenoiser denoiser(Parameterization::velocity, 0.9, 0.1);
    const auto noise = gaussian_noise({2, 64}, 1);
    const auto run = [&](std::uint64_t seed) {
        const auto sampler = make_sampler({.kind = SamplerKind::ddpm, .seed = seed});
        return generate(*sampler, denoiser, sampler->begin(noise), grid).x;
    };
    EXPECT_TRUE(at::equal(run(7), run(7)));
    EXPECT_FALSE(at::equal(run(7), run(8)));
    const auto sampler = sampler_of(SamplerKind::ddpm);
    EXPECT_THROW(sampler->inverse_step(denoiser, {noise, {}}, grid, 0), UsageError);
}

TEST(Samplers, ObserverSeesEveryStepAndMayStop) {
    const auto grid = grid_of(6);
    const GaussianDenoiser denoiser(Parameterization::velocity, mean, deviation);
    const auto sampler = sampler_of(SamplerKind::ddim);
    std::vector<std::size_t> seen;
    const auto noise = first_latent(grid.front(), 4);
    generate(*sampler, denoiser, sampler->begin(noise), grid, [&](std::size_t done, const Latent&) {
        seen.push_back(done);
        return done < 4;
    });
    EXPECT_EQ(seen, (std::vector<std::size_t>{1, 2, 3, 4}));
    EXPECT_EQ(denoiser.evaluations, 4);
}

TEST(Samplers, RefuseWhatIsOutOfRange) {
    EXPECT_THROW(make_sampler({.kind = SamplerKind::edict, .edict_mixing_50 = 0}), UsageError);
    EXPECT_THROW(make_sampler({.kind = SamplerKind::edict, .edict_mixing_50 = 1.1}), UsageError);
    EXPECT_THROW(make_sampler({.kind = SamplerKind::bdia, .bdia_gamma = 0}), UsageError);
    EXPECT_THROW(make_sampler({.kind = SamplerKind::edict, .edict_form = Parameterization::sample}), UsageError);
}

TEST(GaussianNoise, RowsDoNotDependOnTheBatch) {
    const auto batch = gaussian_noise({3, 5, 7}, 40);
    for (std::int64_t row = 0; row < 3; ++row) {
        EXPECT_TRUE(at::equal(batch[row], gaussian_noise({1, 5, 7}, 40 + static_cast<std::uint64_t>(row))[0]));
    }
    EXPECT_FALSE(at::equal(batch[0], gaussian_noise({1, 5, 7}, 40, 1)[0]));
    const auto many = gaussian_noise({4, 25000}, 0);
    EXPECT_NEAR(many.mean().item<double>(), 0, 0.013);
    EXPECT_NEAR(std_of(many), 1, 0.01);
}

/// Adds up what it is shown, so that guidance can be read off.
class CountingDenoiser : public ConditionalDenoiser {
public:
    [[nodiscard]] Parameterization parameterization() const override { return Parameterization::velocity; }
    [[nodiscard]] torch::Tensor predict(const torch::Tensor& x, const NoiseLevel& /*level*/,
                                        ShownConditions shown) const override {
        ++evaluations;
        return x + (shown.photo ? 10 : 0) + (shown.geometry ? 100 : 0);
    }
    mutable int evaluations = 0;
};

TEST(Guidance, CountsEachConditionByItsScale) {
    const CountingDenoiser denoiser;
    const auto x = at::zeros({1, 2});
    const auto value = [&](double photo, double geometry) {
        denoiser.evaluations = 0;
        return GuidedDenoiser(denoiser, {photo, geometry}).predict(x, {}).max().item<double>();
    };
    EXPECT_EQ(value(1, 1), 110);
    EXPECT_EQ(denoiser.evaluations, 1);
    EXPECT_EQ(value(0, 0), 0);
    EXPECT_EQ(denoiser.evaluations, 1);
    EXPECT_EQ(value(0, 1), 100);
    EXPECT_EQ(denoiser.evaluations, 1);
    EXPECT_EQ(value(3, 1), 130);
    EXPECT_EQ(denoiser.evaluations, 2);
    EXPECT_EQ(value(2, 1.5), 170);
    EXPECT_EQ(denoiser.evaluations, 3);
}

}  // namespace
}  // namespace maquette::recon::diffusion
