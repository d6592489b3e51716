#include "recon/train/optimizer.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cmath>

#include "render/error.h"

namespace maquette::recon {
namespace {

Parameters one(double value) {
    Parameters p;
    p["x"] = at::full({1, 1}, value, torch::kFloat32).requires_grad_(true);
    return p;
}

void set_gradient(Parameters& p, double value) {
    p["x"].mutable_grad() = at::full({1, 1}, value, torch::kFloat32);
}

TEST(Optimizer, FirstAdamWStepMovesByTheLearningRate) {
    auto p = one(2.0);
    Optimizer optimizer({"adamw", 0.0}, p);
    set_gradient(p, 0.3);
    optimizer.step(p, 0.1);
    EXPECT_NEAR(p["x"].item<double>(), 1.9, 1e-5);
    EXPECT_FALSE(p["x"].grad().defined());
}

TEST(Optimizer, DecayIsDecoupledFromTheGradient) {
    auto p = one(2.0);
    Optimizer optimizer({"adamw", 0.5}, p);
    set_gradient(p, 0.0);
    optimizer.step(p, 0.1);
    EXPECT_NEAR(p["x"].item<double>(), 2.0 * (1 - 0.1 * 0.5), 1e-6);
}

TEST(Optimizer, AdadeltaFollowsZeilersRecurrence) {
    auto p = one(1.0);
    Optimizer optimizer({"adadelta", 0.0}, p);
    double square = 0;
    double updates = 0;
    double x = 1;
    for (const double gradient : {0.5, -0.2, 0.8}) {
        set_gradient(p, gradient);
        optimizer.step(p, 1.0);
        square = 0.95 * square + 0.05 * gradient * gradient;
        const double update = std::sqrt((updates + 1e-7) / (square + 1e-7)) * gradient;
        updates = 0.95 * updates + 0.05 * update * update;
        x -= update;
    }
    EXPECT_NEAR(p["x"].item<double>(), x, 1e-6);
}

TEST(Optimizer, GoesOnAfterSaveAndLoadAsIfNothingHappened) {
    for (const char* name : {"adamw", "adadelta"}) {
        auto straight = one(1.0);
        auto resumed = one(1.0);
        Optimizer a({name, 0.01}, straight);
        Optimizer b({name, 0.01}, resumed);
        for (const double gradient : {0.4, -0.1}) {
            set_gradient(straight, gradient);
            set_gradient(resumed, gradient);
            a.step(straight, 0.1);
            b.step(resumed, 0.1);
        }
        render::SafetensorsFile file;
        b.save(file);
        Optimizer c({name, 0.01}, resumed);
        c.load(file, "test");
        set_gradient(straight, 0.7);
        set_gradient(resumed, 0.7);
        a.step(straight, 0.1);
        c.step(resumed, 0.1);
        EXPECT_EQ(straight["x"].item<float>(), resumed["x"].item<float>()) << name;
    }
}

TEST(Optimizer, RefusesAnUnknownNameAndForeignState) {
    auto p = one(1.0);
    EXPECT_THROW(Optimizer({"sgdx", 0.0}, p), UsageError);
    render::SafetensorsFile file;
    Optimizer({"adadelta", 0.0}, p).save(file);
    Optimizer adam({"adamw", 0.0}, p);
    EXPECT_THROW(adam.load(file, "checkpoint"), InputError);
}

TEST(ClipGradients, ScalesToTheLimitAndDropsNonFinite) {
    auto p = one(1.0);
    set_gradient(p, 4.0);
    EXPECT_NEAR(clip_gradients(p, 1.0), 4.0, 1e-6);
    EXPECT_NEAR(p["x"].grad().item<double>(), 1.0, 1e-6);
    set_gradient(p, std::nan(""));
    EXPECT_TRUE(std::isnan(clip_gradients(p, 1.0)));
    EXPECT_FALSE(p["x"].grad().defined());
}

TEST(CosineSchedule, WarmsUpPeaksAndEndsAtZero) {
    EXPECT_DOUBLE_EQ(cosine_schedule(0, 0.1), 0);
    EXPECT_NEAR(cosine_schedule(0.05, 0.1), 0.5, 1e-12);
    EXPECT_NEAR(cosine_schedule(0.1, 0.1), 1, 1e-12);
    EXPECT_NEAR(cosine_schedule(0.55, 0.1), 0.5, 1e-12);
    EXPECT_NEAR(cosine_schedule(1, 0.1), 0, 1e-12);
}

TEST(UpdateAverage, FollowsQuicklyAtFirst) {
    auto average = one(0.0);
    average["x"] = average["x"].detach().clone();
    const auto target = one(1.0);
    update_average(average, target, 0.999, 0);
    EXPECT_NEAR(average["x"].item<double>(), 0.9, 1e-6);
}

}  // namespace
}  // namespace maquette::recon
