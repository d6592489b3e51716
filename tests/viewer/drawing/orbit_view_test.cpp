#include "viewer/drawing/orbit_view.h"

#include <gtest/gtest.h>

#include <random>

namespace maquette::viewer {
namespace {

Eigen::Vector2d pixel_in_view(const OrbitView& view, const Eigen::Vector3f& x, double width, double height) {
    const Eigen::Vector4f clip = view.clip_from_eye(width / height) * view.eye_from_object() * x.homogeneous();
    const Eigen::Vector4f ndc = clip / clip.w();
    return {(ndc.x() + 1) / 2 * width, (1 - ndc.y()) / 2 * height};
}

// Photos lie exactly under what their cameras see, rolled and shifted as crops are.
TEST(OrbitView, OfACameraShowsEveryPointWhereTheCameraDoes) {
    std::mt19937 random(7);
    std::uniform_real_distribution<double> unit(-1, 1);
    for (int i = 0; i < 50; ++i) {
        render::Camera camera = render::orbit_camera({.azimuth = 180 * unit(random),
                                                      .elevation = 80 * unit(random),
                                                      .roll = 60 * unit(random),
                                                      .field_of_view = 30 + 10 * unit(random)},
                                                     128, 128);
        camera.cx += 20 * unit(random);
        camera.cy += 20 * unit(random);
        const OrbitView view = OrbitView::of_camera(camera);
        const Eigen::Vector3f x(0.5F * static_cast<float>(unit(random)), 0.5F * static_cast<float>(unit(random)),
                                0.5F * static_cast<float>(unit(random)));
        const Eigen::Vector3d pixel = *camera.project(x.cast<double>());
        const Eigen::Vector2d square = pixel_in_view(view, x, 128, 128);
        EXPECT_NEAR(square.x(), pixel.x(), 0.05);
        EXPECT_NEAR(square.y(), pixel.y(), 0.05);
        // In other panes the photo's square is the largest one in the middle.
        const Eigen::Vector2d wide = pixel_in_view(view, x, 200, 128);
        EXPECT_NEAR(wide.x() - 36, pixel.x(), 0.05);
        EXPECT_NEAR(wide.y(), pixel.y(), 0.05);
        const Eigen::Vector2d tall = pixel_in_view(view, x, 128, 180);
        EXPECT_NEAR(tall.x(), pixel.x(), 0.05);
        EXPECT_NEAR(tall.y() - 26, pixel.y(), 0.05);
    }
}

TEST(OrbitView, AnOrthographicCameraKeepsItsShift) {
    render::Camera camera = render::orbit_camera({.azimuth = 20, .elevation = 10, .field_of_view = 0}, 100, 100);
    camera.cx += 13;
    const OrbitView view = OrbitView::of_camera(camera);
    EXPECT_TRUE(view.orthographic);
    EXPECT_NEAR(pixel_in_view(view, Eigen::Vector3f::Zero(), 100, 100).x(), 63, 0.05);
}

TEST(OrbitView, DraggingKeepsThePointUnderThePointer) {
    OrbitView view;
    const Eigen::Vector2d before = pixel_in_view(view, Eigen::Vector3f::Zero(), 300, 200);
    view.pan(30, -12, 200);
    const Eigen::Vector2d after = pixel_in_view(view, Eigen::Vector3f::Zero(), 300, 200);
    EXPECT_NEAR(after.x() - before.x(), 30, 0.1);
    EXPECT_NEAR(after.y() - before.y(), -12, 0.1);
}

}  // namespace
}  // namespace maquette::viewer
