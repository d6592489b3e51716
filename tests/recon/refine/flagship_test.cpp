#include "recon/refine/flagship.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "recon/refine/flagship_network.h"
#include "recon/refine/lifting.h"
#include "recon/refine/refiner.h"
#include "render/error.h"
#include "tests/support/gradient_check.h"

namespace maquette::recon {
namespace {

torch::Tensor test_tensor(std::vector<std::int64_t> shape, double frequency) {
    std::int64_t count = 1;
    for (const auto s : shape) count *= s;
    return at::sin(at::arange(count, torch::kFloat32) * frequency).abs().reshape(shape);
}

torch::Tensor test_projections(int count) {
    std::vector<torch::Tensor> rows;
    for (int i = 0; i < count; ++i) {
        rows.push_back(projection_tensor(render::orbit_camera({40.0 * i, 15, 0, 40, 2.2}, 128, 128)));
    }
    return at::stack(rows);
}

flagship::LiftedViews lifted(const Parameters& parameters, const torch::Tensor& images,
                             const torch::Tensor& projections) {
    return flagship::lift(parameters, flagship::encode_pictures(parameters, images), projections);
}

class FlagshipNetwork : public ::testing::Test {
protected:
    Parameters parameters_ = initial_parameters(flagship::parameter_shapes(), 7);
};

TEST_F(FlagshipNetwork, StaysSmall) {
    EXPECT_LT(count_elements(parameters_), 3'000'000);
}

TEST_F(FlagshipNetwork, ViewsCountInAnyOrderAndByWeight) {
    const auto images = test_tensor({3, 4, 128, 128}, 0.013);
    const auto views = lifted(parameters_, images, test_projections(3));
    const auto index = at::arange(2, -1, -1, torch::kInt64);
    const auto selected = [&](const torch::Tensor& rows) {
        flagship::LiftedViews some;
        some.volume = views.volume.index_select(0, rows);
        some.mask = views.mask.index_select(0, rows);
        some.pictures.code = views.pictures.code.index_select(0, rows);
        return some;
    };
    const auto reversed = selected(index);
    const auto same = [](const flagship::Scene& a, const flagship::Scene& b) {
        return at::allclose(a.volume, b.volume, 1e-4, 1e-5) && at::allclose(a.hull, b.hull, 1e-4, 1e-5) &&
               at::allclose(a.code, b.code, 1e-4, 1e-5);
    };
    const auto ones = at::ones({1, 3});
    EXPECT_TRUE(same(flagship::fuse(views, ones), flagship::fuse(reversed, ones)));

    auto weights = at::ones({1, 3});
    weights[0][1] = 0;
    const auto two = at::ones({2}, torch::kInt64);
    two[0] = 0;
    two[1] = 2;
    const auto without = selected(two);
    EXPECT_TRUE(same(flagship::fuse(views, weights), flagship::fuse(without, at::ones({1, 2}))));
    EXPECT_FALSE(same(flagship::fuse(views, ones), flagship::fuse(without, at::ones({1, 2}))));
}

TEST_F(FlagshipNetwork, MovesTheFieldByItsDisplacement) {
    // With an open gate and no correction, f'(x) = f(x + d).
    for (auto& [name, tensor] : parameters_) {
        if (name.starts_with("step.displacement") || name.starts_with("step.out")) tensor.zero_();
    }
    parameters_.at("step.out.bias").narrow(0, 8, 8).fill_(20);
    parameters_.at("step.displacement.bias")[0] = 0.27;
    const auto views = lifted(parameters_, test_tensor({1, 4, 128, 128}, 0.01), test_projections(1));
    const auto scene = flagship::fuse(views, at::ones({1, 1}));
    // A ramp along x tells where the value came from.
    const auto ramp = cell_centres(32, render::default_grid_side).select(3, 0).view({1, 1, 32, 32, 32});
    const auto step = flagship::refine(parameters_, scene, ramp, ramp);
    const float moved = step.displacement[0][0][4][5][6].item<float>();
    EXPECT_NEAR(moved, std::tanh(0.27) * 0.125, 1e-5);
    EXPECT_NEAR(step.displacement[0][1].abs().max().item<float>(), 0, 1e-7);
    EXPECT_NEAR(step.logits[0][0][4][5][6].item<float>(), ramp[0][0][4][5][6].item<float>() + moved, 1e-5);
}

TEST_F(FlagshipNetwork, GradientMatchesFiniteDifferences) {
    const auto images = test_tensor({2, 4, 128, 128}, 0.017);
    const auto projections = test_projections(2);
    // Smooth, so that trilinear interpolation has next to no kinks.
    const auto places = cell_centres(32, 1);
    const auto prior =
        at::sin(3 * places.select(3, 0) + 2 * places.select(3, 1) - places.select(3, 2)).view({1, 1, 32, 32, 32});
    const auto direction = test_tensor({1, 1, 32, 32, 32}, 0.31) - 0.5;
    const auto objective = [&](const Parameters& p) {
        const auto scene = flagship::fuse(lifted(p, images, projections), at::ones({1, 2}));
        return (flagship::refine(p, scene, prior, prior).logits * direction).sum();
    };
    recon::testing::expect_gradients(parameters_,
                                     {"image.stem.weight", "image.code.weight", "lift.view.weight", "step.in.weight",
                                      "step.block4a.conv1.weight", "step.displacement.weight", "step.out.weight"},
                                     1e-3, objective);
}

class FlagshipRefiner : public ::testing::Test {
protected:
    void SetUp() override {
        std::filesystem::create_directories(folder_);
        save_random_flagship(folder_ / "f.safetensors", 3);
        network_ = load_refinement_network(folder_ / "f.safetensors");
        prior_.mean = render::VoxelGrid(32);
        for (std::size_t i = 0; i < prior_.mean.values.size(); i += 3) prior_.mean.values[i] = 0.7F;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    static View view(double azimuth) {
        View v;
        v.name = "photo";
        v.rgb = render::Image(view_size, view_size, 3, 255);
        v.mask = render::FloatImage(view_size, view_size, 1, 0);
        for (int y = 40; y < 90; ++y) {
            for (int x = 30; x < 100; ++x) {
                v.mask.at(x, y) = 1;
                for (int c = 0; c < 3; ++c) v.rgb.at(x, y, c) = static_cast<std::uint8_t>(2 * x);
            }
        }
        v.camera = render::orbit_camera({azimuth, 20, 0, 40, 2.2}, view_size, view_size);
        return v;
    }

    std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() / ("maquette_flagship_" + std::to_string(::getpid()));
    std::shared_ptr<const RefinementNetwork> network_;
    priors::CategoryPrior prior_;
};

TEST_F(FlagshipRefiner, GivesTheSameBitsWhateverThePriorIsCalled) {
    const Refiner refiner(network_);
    const std::vector<View> views = {view(0), view(70)};
    prior_.name = "chair";
    const auto chair = refiner.run(views, prior_, {2}, nullptr, {});
    prior_.name = "toilet";
    EXPECT_EQ(chair.final->occupancy.values, refiner.run(views, prior_, {2}, nullptr, {}).final->occupancy.values);
}

TEST_F(FlagshipRefiner, PickedViewsAreThoseViews) {
    const auto all = network_->encode(std::vector<View>{view(0), view(70), view(140)});
    const auto two = network_->encode(std::vector<View>{view(140), view(0)});
    const auto picked = all->pick(std::vector<int>{2, 0});
    const auto a = network_->step(*picked, prior_, prior_.mean, 0);
    const auto b = network_->step(*two, prior_, prior_.mean, 0);
    for (std::size_t i = 0; i < a.values.size(); i += 89) EXPECT_NEAR(a.values[i], b.values[i], 1e-5);
    EXPECT_THROW((void)all->pick(std::vector<int>{-1}), UsageError);
    EXPECT_THROW((void)network_->step(*all->pick({}), prior_, prior_.mean, 0), UsageError);
}

TEST_F(FlagshipRefiner, DetailIsTheStepOnFinerCells) {
    const auto views = network_->encode(std::vector<View>{view(0), view(70)});
    const RefinementQuery query{views.get(), &prior_, &prior_.mean, 0};
    const auto detail = network_->detail(query, 64);
    EXPECT_EQ(detail.resolution, 64);
    const auto interpolated = render::resampled(network_->step(*views, prior_, prior_.mean, 0), 64);
    double difference = 0;
    for (std::size_t i = 0; i < detail.values.size(); ++i) {
        EXPECT_TRUE(detail.values[i] >= 0 && detail.values[i] <= 1);
        difference += std::abs(detail.values[i] - interpolated.values[i]) / static_cast<double>(detail.values.size());
    }
    // Untrained corrections are small beside the field, not nothing.
    EXPECT_LT(difference, 0.25);
    EXPECT_GT(difference, 1e-4);
    const auto picked = views->pick(std::vector<int>{1, 0});
    const auto again = network_->detail({picked.get(), &prior_, &prior_.mean, 0}, 64);
    for (std::size_t i = 0; i < again.values.size(); i += 97) EXPECT_NEAR(again.values[i], detail.values[i], 1e-4);
    EXPECT_THROW((void)network_->detail(query, 96), UsageError);
    EXPECT_THROW((void)network_->detail(query, 32), UsageError);
}

TEST_F(FlagshipRefiner, SaysWhatItNeeds) {
    EXPECT_THROW((void)network_->encode({}), UsageError);
    View no_camera = view(0);
    no_camera.camera.reset();
    EXPECT_THROW((void)network_->encode(std::vector<View>{no_camera}), UsageError);
    View no_weight = view(0);
    no_weight.weight = 0;
    EXPECT_THROW((void)network_->encode(std::vector<View>{no_weight}), UsageError);
}

}  // namespace
}  // namespace maquette::recon
