#include "recon/refine/view.h"

#include <gtest/gtest.h>

#include "render/error.h"

namespace maquette::recon {
namespace {

/// A red square of 20 pixels in a green picture.
render::Image picture() {
    render::Image image(100, 80, 3);
    for (int y = 0; y < 80; ++y) {
        for (int x = 0; x < 100; ++x) {
            const bool inside = x >= 50 && x < 70 && y >= 30 && y < 50;
            image.at(x, y, 0) = inside ? 220 : 0;
            image.at(x, y, 1) = inside ? 0 : 200;
        }
    }
    return image;
}

render::FloatImage square_mask() {
    render::FloatImage mask(100, 80, 1, 0);
    for (int y = 30; y < 50; ++y) {
        for (int x = 50; x < 70; ++x) mask.at(x, y) = 1;
    }
    return mask;
}

TEST(MakeView, CropsTheForegroundAndWhitensTheRest) {
    const View view = make_view(picture(), square_mask(), std::nullopt, "photo");
    EXPECT_EQ(view.rgb.width, view_size);
    EXPECT_EQ(view.mask.height, view_size);
    EXPECT_GT(view.rgb.at(64, 64, 0), 210);
    EXPECT_LT(view.rgb.at(64, 64, 1), 10);
    for (int c = 0; c < 3; ++c) EXPECT_EQ(view.rgb.at(1, 1, c), 255);
    double area = 0;
    for (const float value : view.mask.pixels) area += value;
    EXPECT_NEAR(area / (view_size * view_size), view_fill * view_fill, 0.03);
}

TEST(MakeView, MovesTheCameraIntoTheCrop) {
    render::OrbitPose pose;
    pose.azimuth = 30;
    const render::Camera camera = render::orbit_camera(pose, 100, 80);
    const View view = make_view(picture(), square_mask(), camera, "photo");
    ASSERT_TRUE(view.camera.has_value());
    // The centre of the square, pixel (60, 40), is the centre of the crop.
    const auto before = camera.ray(60, 40);
    const auto after = view.camera->ray(view_size / 2.0, view_size / 2.0);
    EXPECT_LT((before.direction_in_object - after.direction_in_object).norm(), 1e-6);
}

TEST(MakeView, RefusesAMaskOfAnotherSize) {
    EXPECT_THROW(make_view(picture(), render::FloatImage(10, 10, 1, 1), std::nullopt, "view 3"), InputError);
}

}  // namespace
}  // namespace maquette::recon
