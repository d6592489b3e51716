#include "render/camera.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <random>

#include "render/error.h"

namespace maquette::render {
namespace {

using Eigen::Vector3d;

void expect_near(const Vector3d& actual, const Vector3d& expected, double tolerance = 1e-9) {
    EXPECT_LT((actual - expected).norm(), tolerance)
        << "got " << actual.transpose() << ", expected " << expected.transpose();
}

Camera camera_at(double azimuth, double elevation, double roll = 0, double field_of_view = 40, double distance = 2) {
    return orbit_camera({azimuth, elevation, roll, field_of_view, distance}, 64, 48);
}

TEST(CameraTest, azimuth_turns_towards_plus_x_and_elevation_goes_up) {
    expect_near(camera_at(0, 0).centre_in_object(), {0, 0, 2});
    expect_near(camera_at(90, 0).centre_in_object(), {2, 0, 0});
    expect_near(camera_at(180, 0).centre_in_object(), {0, 0, -2});
    expect_near(camera_at(-90, 0).centre_in_object(), {-2, 0, 0});
    expect_near(camera_at(0, 90).centre_in_object(), {0, 2, 0});
    expect_near(camera_at(0, -90).centre_in_object(), {0, -2, 0});
    expect_near(camera_at(45, 30).centre_in_object(), 2 * Vector3d(std::sqrt(0.5) * std::cos(std::numbers::pi / 6), 0.5,
                                                                   std::sqrt(0.5) * std::cos(std::numbers::pi / 6)));
}

TEST(CameraTest, image_axes_follow_the_object_axes_from_the_front) {
    for (const double field_of_view : {0.0, 40.0}) {
        const Camera camera = camera_at(0, 0, 0, field_of_view);
        const Vector3d middle = camera.project({0, 0, 0}).value();
        expect_near(middle, {32, 24, 2});
        EXPECT_GT(camera.project({0.1, 0, 0})->x(), middle.x());
        EXPECT_LT(camera.project({0, 0.1, 0})->y(), middle.y());
        EXPECT_LT(camera.project({0, 0, 0.1})->z(), middle.z());
    }
}

TEST(CameraTest, roll_turns_the_camera_clockwise) {
    // A camera turned clockwise by a quarter sees what was above it on its left.
    const Camera camera = camera_at(0, 0, 90);
    const Vector3d above = camera.project({0, 0.1, 0}).value();
    EXPECT_LT(above.x(), 31);
    EXPECT_NEAR(above.y(), 24, 1e-9);
}

TEST(CameraTest, rays_come_back_to_the_pixel_they_were_cast_through) {
    std::mt19937 generator(7);
    std::uniform_real_distribution<double> unit(0, 1);
    for (int i = 0; i < 200; ++i) {
        const double field_of_view = i % 2 == 0 ? 0 : 20 + 60 * unit(generator);
        Camera camera = camera_at(360 * unit(generator), 180 * unit(generator) - 90, 360 * unit(generator),
                                  field_of_view, 1 + unit(generator));
        camera.fy *= 1.2;
        camera.cx += 3;
        const double x = 64 * unit(generator);
        const double y = 48 * unit(generator);
        const Camera::Ray ray = camera.ray(x, y);
        EXPECT_NEAR(ray.direction_in_object.norm(), 1, 1e-12);
        const double distance = 0.5 + 2 * unit(generator);
        const Vector3d pixel = camera.project(ray.origin_in_object + distance * ray.direction_in_object).value();
        EXPECT_NEAR(pixel.x(), x, 1e-8);
        EXPECT_NEAR(pixel.y(), y, 1e-8);
        const Vector3d forward = camera.cam_from_object.linear().row(2);
        EXPECT_NEAR(pixel.z(), distance * ray.direction_in_object.dot(forward), 1e-9);
    }
}

TEST(CameraTest, only_perspective_cameras_have_points_behind_them) {
    EXPECT_FALSE(camera_at(0, 0).project({0, 0, 2}).has_value());
    EXPECT_FALSE(camera_at(0, 0).project({0, 0, 3}).has_value());
    EXPECT_NEAR(camera_at(0, 0, 0, 0).project({0, 0, 3})->z(), -1, 1e-12);
}

TEST(CameraTest, framing_distance_fits_a_sphere_into_the_shorter_side) {
    const double distance = framing_distance(40, 1.25);
    // The line from the camera that touches the sphere leaves at half the field of view.
    EXPECT_NEAR(std::asin(0.625 / distance) * 180 / std::numbers::pi, 20, 1e-12);
    EXPECT_EQ(framing_distance(0), 2);

    const Camera camera = orbit_camera({10, 20, 0, 40, 0}, 200, 100);
    EXPECT_NEAR(camera.centre_in_object().norm(), distance, 1e-12);
    EXPECT_NEAR(std::atan(50 / camera.fy) * 180 / std::numbers::pi, 20, 1e-12);
    const Camera orthographic = orbit_camera({10, 20, 0, 0, 0}, 100, 200);
    EXPECT_NEAR(orthographic.fx * 1.25, 100, 1e-12);
    EXPECT_NEAR(orthographic.centre_in_object().norm(), 2, 1e-12);
}

TEST(CameraTest, orbit_pose_of_inverts_orbit_camera) {
    for (const double azimuth : {-170.0, -90.0, 0.0, 33.0, 179.0}) {
        for (const double elevation : {-89.0, -20.0, 0.0, 45.0, 88.0}) {
            for (const double roll : {-120.0, 0.0, 15.0}) {
                for (const double field_of_view : {0.0, 35.0}) {
                    const OrbitPose pose =
                        orbit_pose_of(orbit_camera({azimuth, elevation, roll, field_of_view, 1.7}, 40, 60));
                    EXPECT_NEAR(pose.azimuth, azimuth, 1e-7);
                    EXPECT_NEAR(pose.elevation, elevation, 1e-7);
                    EXPECT_NEAR(pose.roll, roll, 1e-7);
                    EXPECT_NEAR(pose.field_of_view, field_of_view, 1e-9);
                    EXPECT_NEAR(pose.distance, 1.7, 1e-12);
                }
            }
        }
    }
}

TEST(CameraTest, poses_at_the_poles_give_the_same_camera_again) {
    for (const double elevation : {-90.0, 90.0}) {
        const Camera camera = camera_at(70, elevation, 25);
        const Camera again = orbit_camera(orbit_pose_of(camera), 64, 48);
        EXPECT_LT((camera.cam_from_object.matrix() - again.cam_from_object.matrix()).norm(), 1e-9);
    }
}

TEST(CameraTest, resizing_and_cropping_move_pixels_alike) {
    const Vector3d point(0.2, -0.1, 0.15);
    const Camera camera = camera_at(30, 20);
    const Vector3d pixel = camera.project(point).value();
    const Vector3d resized = camera.resized(128, 24).project(point).value();
    expect_near(resized, {2 * pixel.x(), pixel.y() / 2, pixel.z()});

    const Camera crop = camera.cropped(-5, 7, 20, 100);
    EXPECT_EQ(crop.width, 100);
    EXPECT_EQ(crop.height, 100);
    expect_near(crop.project(point).value(), {5 * (pixel.x() + 5), 5 * (pixel.y() - 7), pixel.z()});
}

TEST(CameraTest, turntable_is_even) {
    const auto poses = turntable(4, 15, 10);
    ASSERT_EQ(poses.size(), 4U);
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_NEAR(poses[i].azimuth, 10 + 90.0 * static_cast<double>(i), 1e-12);
        EXPECT_EQ(poses[i].elevation, 15);
    }
    EXPECT_TRUE(turntable(0, 0).empty());
}

TEST(CameraTest, refuses_what_is_no_camera) {
    EXPECT_THROW(orbit_camera({}, 0, 10), UsageError);
    EXPECT_THROW(orbit_camera({0, 0, 0, 180, 0}, 10, 10), UsageError);
    EXPECT_THROW(orbit_camera({0, 0, 0, 40, -1}, 10, 10), UsageError);
    EXPECT_THROW(orbit_camera({std::numeric_limits<double>::quiet_NaN(), 0, 0, 40, 0}, 10, 10), UsageError);
    EXPECT_THROW(camera_at(0, 0).resized(0, 4), UsageError);
    EXPECT_THROW(camera_at(0, 0).cropped(0, 0, 0, 4), UsageError);
    EXPECT_THROW(turntable(-1, 0), UsageError);
}

}  // namespace
}  // namespace maquette::render
