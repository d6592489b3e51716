#include "recon/cli/lens_distortion.h"

#include <gtest/gtest.h>

#include <cmath>

namespace maquette::recon::cli {
namespace {

render::Camera camera_of(int width, int height) {
    render::Camera camera;
    camera.width = width;
    camera.height = height;
    camera.fx = camera.fy = width;
    camera.cx = width / 2.0;
    camera.cy = height / 2.0;
    return camera;
}

TEST(LensDistortion, FollowsThePolynomial) {
    const LensDistortion lens{.k1 = 0.1, .k2 = 0.01, .k3 = 0.001, .p1 = 0.02, .p2 = 0.03};
    // x = 1, y = 0: radius 1.
    const Eigen::Vector2d seen = lens.distorted({1, 0});
    EXPECT_NEAR(seen.x(), 1 + 0.111 + 0.03 * 3, 1e-12);
    EXPECT_NEAR(seen.y(), 0.02, 1e-12);
    EXPECT_NEAR(LensDistortion{.k1 = 0.1}.distorted({0, 0.5}).y(), 0.5125, 1e-12);
}

TEST(LensDistortion, SaysHowFarItMovesTheCorners) {
    const render::Camera camera = camera_of(80, 60);
    EXPECT_DOUBLE_EQ(largest_shift({}, camera), 0);
    const double radius = std::hypot(0.5, 0.375);
    EXPECT_NEAR(largest_shift({.k1 = -0.1}, camera), 0.1 * radius * radius * radius * 80, 1e-9);
    EXPECT_TRUE(std::isinf(largest_shift({.k1 = -2}, camera)));
}

TEST(LensDistortion, ADrawnDistortionIsTakenOut) {
    const render::Camera camera = camera_of(80, 60);
    const LensDistortion lens{.k1 = -0.2, .p1 = 0.02};
    // A smooth picture of the pinhole, drawn as the lens shows it: pixel by pixel the undistorted place is solved for.
    const auto brightness = [](double x, double y) {
        return static_cast<float>(0.5 + 0.4 * std::sin(0.2 * x + 0.15 * y));
    };
    render::FloatImage seen(80, 60, 1);
    for (int y = 0; y < 60; ++y) {
        for (int x = 0; x < 80; ++x) {
            const Eigen::Vector2d wanted((x + 0.5 - camera.cx) / camera.fx, (y + 0.5 - camera.cy) / camera.fy);
            Eigen::Vector2d point = wanted;
            for (int i = 0; i < 50; ++i) point += wanted - lens.distorted(point);
            seen.at(x, y) = brightness(point.x() * camera.fx + camera.cx, point.y() * camera.fy + camera.cy);
        }
    }
    const render::FloatImage pinhole = undistorted(seen, camera, lens, -1.0F);
    double worst = 0;
    int compared = 0;
    for (int y = 0; y < 60; ++y) {
        for (int x = 0; x < 80; ++x) {
            if (pinhole.at(x, y) < 0) continue;
            ++compared;
            worst = std::max(worst, std::abs(1.0 * pinhole.at(x, y) - brightness(x + 0.5, y + 0.5)));
        }
    }
    EXPECT_GT(compared, 80 * 60 * 9 / 10);
    EXPECT_LT(worst, 0.02);
}

TEST(LensDistortion, WithoutOneThePictureStaysAsItIs) {
    render::Image image(8, 6, 3);
    for (std::size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = static_cast<std::uint8_t>(i);
    EXPECT_EQ(undistorted(image, camera_of(8, 6), {}, 9).pixels, image.pixels);
}

}  // namespace
}  // namespace maquette::recon::cli
