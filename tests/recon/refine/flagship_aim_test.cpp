#include "recon/refine/flagship_aim.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>
#include <vector>

#include "recon/refine/lifting.h"
#include "render/grid.h"
#include "tests/support/gradient_check.h"

namespace maquette::recon::flagship {
namespace {

using Correction = std::array<float, aim_numbers>;

torch::Tensor waves(std::vector<std::int64_t> shape, double frequency) {
    std::int64_t count = 1;
    for (const auto s : shape) count *= s;
    return at::sin(at::arange(count, torch::kFloat32) * frequency).reshape(shape);
}

torch::Tensor tensor_of(const Correction& correction) {
    auto tensor = torch::empty({1, aim_numbers}, torch::kFloat32);
    std::copy(correction.begin(), correction.end(), tensor.data_ptr<float>());
    return tensor;
}

torch::Tensor projection_of(const CropCamera& camera) {
    return projection_tensor(camera_of(camera, 64)).unsqueeze(0);
}

/// Where points of the unit box appear, -1..1 over the picture.
torch::Tensor places(const torch::Tensor& projection) {
    return project_points(projection, cell_centres(4, 0.9).view({-1, 3})).coordinates;
}

/// Where one point appears, fractions of the picture.
std::array<float, 2> place_of(const torch::Tensor& projection, float x, float y, float z) {
    auto point = torch::empty({1, 3}, torch::kFloat32);
    point[0][0] = x;
    point[0][1] = y;
    point[0][2] = z;
    const auto seen = (project_points(projection, point).coordinates[0][0] + 1) / 2;
    return {seen[0].item<float>(), seen[1].item<float>()};
}

constexpr CropCamera slanted{
    .azimuth = 50, .elevation = 25, .roll = 8, .distance = 2.1, .scale = 0.7, .centre_x = 0.55, .centre_y = 0.42};

TEST(FlagshipAim, NothingToCorrectLeavesCamerasAlone) {
    const auto before = projection_of(slanted);
    EXPECT_TRUE(at::allclose(places(aimed(before, at::zeros({1, aim_numbers}))), places(before), 1e-4, 1e-5));
    const CropCamera same = aimed(slanted, Correction{}.data());
    EXPECT_LT(angle_between(same, slanted), 1e-3);
    EXPECT_NEAR(same.scale, slanted.scale, 1e-9);
}

// From the front: what each number does can be said without any formula.
TEST(FlagshipAim, NumbersMeanWhatTheySay) {
    const CropCamera front{.distance = 2, .scale = 0.5};
    const auto before = projection_of(front);
    const auto after = [&](const Correction& c) { return aimed(before, tensor_of(c)); };

    const auto shifted = place_of(after({0.1F, 0.2F}), 0, 0, 0);
    EXPECT_NEAR(shifted[0], 0.5 + 0.5 * 0.1, 1e-5);
    EXPECT_NEAR(shifted[1], 0.5 - 0.5 * 0.2, 1e-5);

    const auto larger = after({0, 0, 0, std::log(1.5F)});
    EXPECT_NEAR(place_of(larger, 0.2F, 0, 0)[0] - 0.5, 1.5 * 0.5 * 0.2, 1e-5);
    EXPECT_NEAR(place_of(larger, 0.2F, 0, 0.4F)[0] - 0.5, 1.5 * (place_of(before, 0.2F, 0, 0.4F)[0] - 0.5), 1e-5);

    // Farther away: as large where the origin is, less so in front of it.
    const auto farther = after({0, 0, 0, 0, 0, 0, 0, std::log(2.0F)});
    EXPECT_NEAR(place_of(farther, 0.2F, 0, 0)[0], place_of(before, 0.2F, 0, 0)[0], 1e-5);
    EXPECT_NEAR(place_of(farther, 0.2F, 0, 0.4F)[0] - 0.5, 0.5 * 0.2 * 4 / 3.6, 1e-5);

    // A quarter turn about the up axis brings the object's +Z, which points at the camera, to +X.
    const auto turned = after({0, 0, 0, 0, 0, static_cast<float>(std::acos(0.0)), 0});
    EXPECT_NEAR(place_of(turned, 0, 0, 0.2F)[0], 0.5 + 0.5 * 0.2, 1e-5);
}

TEST(FlagshipAim, CropCamerasMoveAsProjectionsDo) {
    std::mt19937 random(11);
    std::uniform_real_distribution<float> unit(-1, 1);
    for (int trial = 0; trial < 20; ++trial) {
        Correction correction;
        for (float& number : correction) number = 0.25F * unit(random);
        const auto wanted = places(aimed(projection_of(slanted), tensor_of(correction)));
        const auto found = places(projection_of(aimed(slanted, correction.data())));
        EXPECT_TRUE(at::allclose(found, wanted, 1e-3, 1e-4)) << trial;
    }
}

TEST(FlagshipAim, GradientMatchesFiniteDifferences) {
    auto parameters = initial_parameters(parameter_shapes(), 5);
    const auto projection = projection_of(slanted);
    const auto points = waves({1, 40, 3}, 0.7) * 0.4;
    const auto images = waves({1, 4, 128, 128}, 0.013).abs();
    const auto centres = cell_centres(32, 1);
    const auto prior = at::sin(3 * centres.select(3, 0) + 2 * centres.select(3, 1)).view({1, 1, 32, 32, 32});
    const auto objective = [&](const Parameters& p) {
        const auto views = lift(p, encode_pictures(p, images), projection);
        const auto found = aim(p, views, prior, -prior);
        const auto moved = aimed(projection, found.corrections);
        return (project_points(moved, points).coordinates * waves({1, 40, 2}, 0.31)).sum() + found.quality.sum();
    };
    recon::testing::expect_gradients(parameters,
                                     {"aim.in.weight", "aim.block8.conv1.weight", "aim.hidden.weight",
                                      "aim.code.weight", "aim.out.weight", "aim.quality.weight"},
                                     2e-3, objective);
}

}  // namespace
}  // namespace maquette::recon::flagship
