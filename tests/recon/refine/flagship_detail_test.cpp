#include "recon/refine/flagship_detail.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cmath>

#include "recon/refine/lifting.h"
#include "render/grid.h"
#include "tests/support/gradient_check.h"

namespace maquette::recon::flagship {
namespace {

torch::Tensor waves(std::vector<std::int64_t> shape, double frequency) {
    std::int64_t count = 1;
    for (const auto s : shape) count *= s;
    return at::sin(at::arange(count, torch::kFloat32) * frequency).abs().reshape(shape);
}

/// Log-odds of a ball around the origin.
torch::Tensor ball(int cells, double radius) {
    const auto places = cell_centres(cells, render::default_grid_side);
    return (40 * (radius - places.norm(2, {3}))).view({1, 1, cells, cells, cells});
}

class FlagshipDetail : public ::testing::Test {
protected:
    void SetUp() override {
        std::vector<torch::Tensor> projections;
        for (int i = 0; i < 2; ++i) {
            projections.push_back(projection_tensor(render::orbit_camera({70.0 * i, 15, 0, 40, 2.2}, 128, 128)));
        }
        views_ =
            lift(parameters_, encode_pictures(parameters_, waves({2, 4, 128, 128}, 0.013)), at::stack(projections));
        step_ = refine(parameters_, fuse(views_, both_), prior_, prior_);
        step_.logits = ball(32, 0.3);
    }

    Parameters parameters_ = initial_parameters(parameter_shapes(), 7);
    torch::Tensor both_ = at::ones({1, 2});
    torch::Tensor prior_ = ball(32, 0.25);
    torch::Tensor distance_ = -ball(32, 0.25).clamp(-1, 1);
    LiftedViews views_;
    Step step_;
};

TEST_F(FlagshipDetail, WithoutCorrectionTheCoarseFieldIsInterpolated) {
    parameters_.at("detail.out.weight").zero_();
    const auto field = detailed_field(parameters_, views_, both_, step_, distance_, 0, 128);
    ASSERT_EQ(field.sizes(), (std::vector<std::int64_t>{128, 128, 128}));
    const auto wanted = ball(128, 0.3)[0][0];
    // Trilinear interpolation of a ball's distance, away from its centre's kink.
    const auto outer = wanted < 8;
    EXPECT_LT((field - wanted).abs().masked_select(outer & (wanted > -8)).max().item<float>(), 0.5F);
}

TEST_F(FlagshipDetail, CorrectsNearTheSurfaceAndNowhereElse) {
    parameters_.at("detail.out.weight").zero_();
    const auto plain = detailed_field(parameters_, views_, both_, step_, distance_, 0, 64);
    parameters_.at("detail.out.bias").fill_(0.8);
    const auto moved = detailed_field(parameters_, views_, both_, step_, distance_, 0, 64) - plain;
    const auto wanted = ball(64, 0.3)[0][0].abs();
    EXPECT_NEAR(moved.masked_select(wanted < 0.5).min().item<float>(), 0.8, 1e-4);
    EXPECT_NEAR(moved.masked_select(wanted > 7).abs().max().item<float>(), 0, 1e-4);
}

TEST_F(FlagshipDetail, PointsDoNotDependOnEachOtherNorOnViewsOfNoWeight) {
    const auto points = (waves({1, 50, 3}, 0.7) - 0.5) * 0.9;
    const auto all = detail_logits(parameters_, views_, both_, step_, distance_, points);
    const auto some =
        detail_logits(parameters_, views_, both_, step_, distance_, points.narrow(1, 20, 10).contiguous());
    EXPECT_TRUE(at::allclose(all.narrow(1, 20, 10), some, 1e-4, 1e-4));

    auto first_only = at::ones({1, 2});
    first_only[0][1] = 0;
    LiftedViews first;
    first.pictures = select(views_.pictures, at::zeros({1}, torch::kInt64));
    first.projections = views_.projections.narrow(0, 0, 1);
    const auto alone = detail_logits(parameters_, first, at::ones({1, 1}), step_, distance_, points);
    EXPECT_TRUE(
        at::allclose(alone, detail_logits(parameters_, views_, first_only, step_, distance_, points), 1e-4, 1e-4));
    EXPECT_FALSE(at::allclose(alone, all, 1e-4, 1e-4));
}

TEST_F(FlagshipDetail, GradientMatchesFiniteDifferences) {
    const auto points = (waves({1, 64, 3}, 0.7) - 0.5) * 0.8;
    const auto direction = waves({1, 64}, 0.31) - 0.5;
    const auto images = waves({2, 4, 128, 128}, 0.013);
    const auto objective = [&](const Parameters& p) {
        const auto views = lift(p, encode_pictures(p, images), views_.projections);
        return (detail_logits(p, views, both_, step_, distance_, points) * direction).sum();
    };
    step_.features = step_.features.detach();
    step_.displacement = step_.displacement.detach();
    recon::testing::expect_gradients(
        parameters_, {"detail.pixels.weight", "detail.hidden1.weight", "detail.hidden2.bias", "detail.out.weight"},
        1e-3, objective, 1);
}

}  // namespace
}  // namespace maquette::recon::flagship
