#include "recon/diffusion/geometry_picture.h"

#include <gtest/gtest.h>

#include <cmath>

#include "render/error.h"

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
    const auto picture = geometry_picture(ball(), camera, nullptr);
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

/// A photo of the ball from `azimuth`: red above, blue below.
View photo_of_ball(double azimuth) {
    View photo;
    photo.camera = render::orbit_camera({.azimuth = azimuth, .distance = 4}, view_size, view_size);
    photo.rgb = render::Image(view_size, view_size, 3, 255);
    photo.mask = render::FloatImage(view_size, view_size, 1);
    const double edge = photo.camera->fx * radius / 4;
    for (int y = 0; y < view_size; ++y) {
        for (int x = 0; x < view_size; ++x) {
            if (std::hypot(x + 0.5 - view_size / 2.0, y + 0.5 - view_size / 2.0) > edge) continue;
            photo.mask.at(x, y) = 1;
            photo.rgb.at(x, y, 1) = 0;
            photo.rgb.at(x, y, y < view_size / 2 ? 2 : 0) = 0;
        }
    }
    return photo;
}

TEST(GeometryPictures, ShowWhatThePhotoSeesOfEachPlace) {
    constexpr int size = 64;
    const auto seen_from = [&](double target, double photo) {
        const View view = photo_of_ball(photo);
        return geometry_picture(ball(), render::orbit_camera({.azimuth = target, .distance = 4}, size, size), &view);
    };
    const auto expect = [&](const render::FloatImage& picture, int y, float red, float blue, float seen) {
        EXPECT_NEAR(picture.at(size / 2, y, geometry_channel::colour), red, 0.02);
        EXPECT_NEAR(picture.at(size / 2, y, geometry_channel::colour + 2), blue, 0.02);
        EXPECT_NEAR(picture.at(size / 2, y, geometry_channel::seen), seen, 0.02);
    };
    const int above = size / 2 - 4;
    const int below = size / 2 + 4;
    // From the photo's side, turned a little, from behind, and where only the mirror image is seen.
    expect(seen_from(20, 20), above, 1, -1, 1);
    expect(seen_from(20, 20), below, -1, 1, 1);
    expect(seen_from(0, 40), above, 1, -1, 1);
    expect(seen_from(180, 0), above, 0, 0, 0);
    expect(seen_from(-90, 90), above, 0.5, -0.5, 0.5);
    expect(seen_from(-90, 90), below, -0.5, 0.5, 0.5);
    View without_camera = photo_of_ball(0);
    without_camera.camera.reset();
    EXPECT_THROW(geometry_picture(ball(), render::orbit_camera({.distance = 4}, 8, 8), &without_camera), UsageError);
}

TEST(GeometryPictures, NothingIsNotTheSameAsNoGeometry) {
    const auto camera = render::orbit_camera({.distance = 3}, 16, 16);
    const auto picture = geometry_picture(render::VoxelGrid(32), camera, nullptr);
    for (int c = 0; c < geometry_channels; ++c) EXPECT_EQ(picture.at(8, 8, c), c == 0 ? -1 : 0);
}

}  // namespace
}  // namespace maquette::recon::diffusion
