#include "recon/diffusion/noise_schedule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "recon/diffusion/time_grid.h"
#include "render/error.h"

namespace maquette::recon::diffusion {
namespace {

std::vector<NoiseSchedule> all_schedules() {
    return {NoiseSchedule::cosine(), NoiseSchedule::scaled_linear(), NoiseSchedule::rectified_flow()};
}

TEST(NoiseSchedule, RunsFromDataToNoise) {
    for (const auto& schedule : all_schedules()) {
        EXPECT_EQ(schedule.at(0).alpha, 1);
        EXPECT_EQ(schedule.at(0).sigma, 0);
        double before = schedule.at(0.001).log_snr();
        for (double time = 0.01; time < 1; time += 0.01) {
            const double now = schedule.at(time).log_snr();
            EXPECT_LT(now, before) << time;
            before = now;
        }
    }
}

TEST(NoiseSchedule, VarianceIsPreserved) {
    for (const auto& schedule : {NoiseSchedule::cosine(), NoiseSchedule::scaled_linear()}) {
        for (double time = 0; time <= 1; time += 0.0625) {
            const auto level = schedule.at(time);
            EXPECT_NEAR(level.alpha * level.alpha + level.sigma * level.sigma, 1, 1e-12);
        }
    }
    EXPECT_EQ(NoiseSchedule::rectified_flow().at(0.25).alpha, 0.75);
}

TEST(NoiseSchedule, TimesOfLogSnrAreItsInverse) {
    for (const auto& schedule : all_schedules()) {
        for (const double time : {0.0003, 0.01, 0.1234, 0.5, 0.777, 0.9997}) {
            EXPECT_NEAR(schedule.time_of_log_snr(schedule.at(time).log_snr()), time, 1e-9);
        }
        EXPECT_EQ(schedule.time_of_log_snr(INFINITY), 0);
    }
    EXPECT_EQ(NoiseSchedule::scaled_linear().time_of_log_snr(-50), 1);
}

// Products of 1 - beta, made here step by step, and the figures known of Stable Diffusion's schedule.
TEST(NoiseSchedule, ScaledLinearHasTheDiscreteSteps) {
    const auto schedule = NoiseSchedule::scaled_linear();
    double alpha_squared = 1;
    for (int k = 0; k < 1000; ++k) {
        const double root = std::sqrt(0.00085) + (std::sqrt(0.012) - std::sqrt(0.00085)) * k / 999;
        alpha_squared *= 1 - root * root;
        const auto level = schedule.at((k + 1) / 1000.0);
        ASSERT_NEAR(level.alpha * level.alpha, alpha_squared, 1e-12) << k;
        ASSERT_NEAR(schedule.timestep(level.time), k, 1e-9);
    }
    EXPECT_NEAR(alpha_squared, 0.00466, 1e-5);
    EXPECT_NEAR(schedule.at(1).sigma / schedule.at(1).alpha, 14.6146, 1e-3);
    EXPECT_NEAR(NoiseSchedule::cosine().timestep(0.25), 250, 1e-9);
}

TEST(NoiseSchedule, RefusesWhatIsOutOfRange) {
    EXPECT_THROW(static_cast<void>(NoiseSchedule::cosine().at(1.01)), UsageError);
    EXPECT_THROW(static_cast<void>(NoiseSchedule::cosine().at(NAN)), UsageError);
    EXPECT_THROW(NoiseSchedule::scaled_linear(0.1, 0.01), UsageError);
    EXPECT_THROW(NoiseSchedule::scaled_linear(0.1, 0.2, 0), UsageError);
}

TEST(TimeGrid, FallsFromTheNoisiestToTheData) {
    for (const auto& schedule : all_schedules()) {
        for (const auto spacing : {TimeSpacing::plain, TimeSpacing::log_snr, TimeSpacing::karras}) {
            TimeGridOptions options;
            options.spacing = spacing;
            options.noisiest = 10;
            for (const int steps : {1, 7, 20}) {
                options.steps = steps;
                const auto grid = time_grid(schedule, options);
                ASSERT_EQ(grid.size(), static_cast<std::size_t>(steps + 1));
                EXPECT_NEAR(grid.front().sigma / grid.front().alpha, 10, 1e-6);
                EXPECT_EQ(grid.back().sigma, 0);
                for (std::size_t i = 1; i < grid.size(); ++i) EXPECT_LT(grid[i].time, grid[i - 1].time);
            }
        }
    }
}

TEST(TimeGrid, IsEvenInWhatItSays) {
    const auto schedule = NoiseSchedule::cosine();
    TimeGridOptions options{.steps = 9};
    const auto ratio = [](const NoiseLevel& level) { return level.sigma / level.alpha; };

    options.spacing = TimeSpacing::plain;
    auto grid = time_grid(schedule, options);
    EXPECT_NEAR(grid[3].time - grid[4].time, grid[0].time - grid[1].time, 1e-12);
    EXPECT_NEAR(grid[8].time - grid[9].time, grid[0].time - grid[1].time, 1e-12);

    options.spacing = TimeSpacing::log_snr;
    grid = time_grid(schedule, options);
    EXPECT_NEAR(ratio(grid[3]) / ratio(grid[4]), ratio(grid[0]) / ratio(grid[1]), 1e-9);
    EXPECT_NEAR(ratio(grid[8]), options.cleanest, 1e-9);

    options.spacing = TimeSpacing::karras;
    grid = time_grid(schedule, options);
    const auto root = [&](std::size_t i) { return std::pow(ratio(grid[i]), 1 / options.rho); };
    EXPECT_NEAR(root(3) - root(4), root(0) - root(1), 1e-9);
    EXPECT_NEAR(ratio(grid[8]), options.cleanest, 1e-9);
}

TEST(TimeGrid, ThePartOfAStrength) {
    const auto grid = time_grid(NoiseSchedule::cosine(), {.steps = 10});
    EXPECT_EQ(last_part(grid, 1).size(), 11U);
    EXPECT_EQ(last_part(grid, 0).size(), 1U);
    EXPECT_EQ(last_part(grid, 0.01).size(), 2U);
    const auto part = last_part(grid, 0.6);
    ASSERT_EQ(part.size(), 7U);
    EXPECT_EQ(part.front().time, grid[4].time);
    EXPECT_EQ(part.back().time, 0);
    EXPECT_THROW(last_part(grid, 1.1), UsageError);
}

TEST(TimeGrid, RefusesWhatIsOutOfRange) {
    const auto schedule = NoiseSchedule::cosine();
    EXPECT_THROW(time_grid(schedule, {.steps = 0}), UsageError);
    EXPECT_THROW(time_grid(schedule, {.noisiest = 0.01}), UsageError);
    EXPECT_THROW(time_grid(schedule, {.cleanest = 0}), UsageError);
    EXPECT_THROW(time_grid(schedule, {.rho = 0.5}), UsageError);
}

}  // namespace
}  // namespace maquette::recon::diffusion
