#include "recon/diffusion/geometry_picture.h"

#include <gtest/gtest.h>

#include <cmath>

namespace maquette::recon::diffusion {
namespace {

constexpr float radius = 0.4F;

render::VoxelGrid ball() {
    render::VoxelGrid grid(32);
    for (int z = 0; z < 32; ++z) {
        for (int y = 0; y < 32; ++y) {
            for (int x = 0; x < 32; ++x) {
                const float distance = grid.centre(x, y, z).norm() - radius;
                grid.at(x, y, z) = 1 / (1 + std::exp(60 * distance));
            }
        }
    }
    return grid;
}

class GeometryPicture : public ::testing::TestWithParam<double> {};

// A ball looks the same from everywhere: coverage, nearest depth and normals are known.
TEST_P(GeometryPicture, OfABall) {
    constexpr int size = 64;
    const auto camera = render::orbit_camera({.azimuth = GetParam(), .elevation = 25, .distance = 4}, size, size);
    const auto picture = geometry_picture(ball(), camera);
    ASSERT_EQ(picture.channels, geometry_channels);
    EXPECT_NEAR(picture.at(1, 1, 0), -1, 1e-3);
    for (int c = 1; c < geometry_channels; ++c) EXPECT_EQ(picture.at(1, 1, c), 0);
    const int middle = size / 2;
    EXPECT_GT(picture.at(middle, middle, 0), 0.95);
    EXPECT_NEAR(picture.at(middle, middle, 1), -radius, 0.06);
    EXPECT_LT(picture.at(middle, middle, 4), -0.97);
    // Half way out the normal leans 30 degrees.
    const double half_way = camera.fx * radius / 2 / 4;
    const int side = middle + static_cast<int>(std::lround(half_way));
    const float tilt = picture.at(side, middle, 2) / picture.at(side, middle, 0);
    EXPECT_NEAR(tilt, 0.5, 0.12);
    EXPECT_NEAR(picture.at(side, middle, 3), 0, 0.1);
    EXPECT_NEAR(picture.at(middle, side, 3) / picture.at(middle, side, 0), 0.5, 0.12);
}
INSTANTIATE_TEST_SUITE_P(AllAround, GeometryPicture, ::testing::Values(0.0, 70.0, -135.0));

TEST(GeometryPictures, NothingIsNotTheSameAsNoGeometry) {
    const auto camera = render::orbit_camera({.distance = 3}, 16, 16);
    const auto picture = geometry_picture(render::VoxelGrid(32), camera);
    for (int c = 0; c < geometry_channels; ++c) EXPECT_EQ(picture.at(8, 8, c), c == 0 ? -1 : 0);
}

}  // namespace
}  // namespace maquette::recon::diffusion
