#include "render/camera.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "render/error.h"

namespace maquette::render {
namespace {

constexpr double orthographic_distance = 2;
/// Below this length of the viewing direction's horizontal part, azimuth and roll cannot be told apart.
constexpr double pole_tolerance = 1e-9;

double radians(double degrees) {
    return degrees * std::numbers::pi / 180;
}
double degrees(double radians) {
    return radians * 180 / std::numbers::pi;
}

Eigen::Vector3d level_right(double azimuth_radians) {
    return {std::cos(azimuth_radians), 0, -std::sin(azimuth_radians)};
}

}  // namespace

Camera::Ray Camera::ray(double pixel_x, double pixel_y) const {
    const double x = (pixel_x - cx) / fx;
    const double y = (pixel_y - cy) / fy;
    const Eigen::Matrix3d object_from_cam = cam_from_object.linear().transpose();
    if (projection == Projection::perspective) {
        return {centre_in_object(), object_from_cam * Eigen::Vector3d(x, y, 1).normalized()};
    }
    return {object_from_cam * (Eigen::Vector3d(x, y, 0) - cam_from_object.translation()), object_from_cam.col(2)};
}

std::optional<Eigen::Vector3d> Camera::project(const Eigen::Vector3d& x_in_object) const {
    const Eigen::Vector3d x_in_camera = cam_from_object * x_in_object;
    if (projection == Projection::orthographic) {
        return Eigen::Vector3d(fx * x_in_camera.x() + cx, fy * x_in_camera.y() + cy, x_in_camera.z());
    }
    if (!(x_in_camera.z() > 0)) {
        return std::nullopt;
    }
    return Eigen::Vector3d(fx * x_in_camera.x() / x_in_camera.z() + cx, fy * x_in_camera.y() / x_in_camera.z() + cy,
                           x_in_camera.z());
}

Eigen::Vector3d Camera::centre_in_object() const {
    return -(cam_from_object.linear().transpose() * cam_from_object.translation());
}

Camera Camera::resized(int new_width, int new_height) const {
    if (new_width < 1 || new_height < 1) {
        throw UsageError(
            fmt::format("camera cannot be resized to {}x{}; both sides must be 1 or more", new_width, new_height));
    }
    Camera result = *this;
    const double scale_x = static_cast<double>(new_width) / width;
    const double scale_y = static_cast<double>(new_height) / height;
    result.width = new_width;
    result.height = new_height;
    result.fx *= scale_x;
    result.cx *= scale_x;
    result.fy *= scale_y;
    result.cy *= scale_y;
    return result;
}

Camera Camera::cropped(double left, double top, double side, int size) const {
    if (!(side > 0) || size < 1) {
        throw UsageError(
            fmt::format("camera cannot be cropped to {} pixels resampled to {}; both must be above 0", side, size));
    }
    Camera result = *this;
    const double scale = size / side;
    result.width = size;
    result.height = size;
    result.fx *= scale;
    result.fy *= scale;
    result.cx = (cx - left) * scale;
    result.cy = (cy - top) * scale;
    return result;
}

double framing_distance(double field_of_view_degrees, double extent) {
    if (field_of_view_degrees <= 0) {
        return orthographic_distance;
    }
    return extent / 2 / std::sin(radians(field_of_view_degrees) / 2);
}

Camera orbit_camera(const OrbitPose& pose, int width, int height) {
    if (width < 1 || height < 1) {
        throw UsageError(fmt::format("image size {}x{} is empty; both sides must be 1 or more", width, height));
    }
    if (!(pose.field_of_view >= 0 && pose.field_of_view < 180)) {
        throw UsageError(fmt::format("field of view {} is outside 0..180 degrees; use 0 for an orthographic camera",
                                     pose.field_of_view));
    }
    if (!(pose.distance >= 0) || !std::isfinite(pose.azimuth + pose.elevation + pose.roll + pose.distance)) {
        throw UsageError(
            fmt::format("camera pose with azimuth {}, elevation {}, roll {}, distance {} is not usable; "
                        "angles must be finite and the distance 0 or more",
                        pose.azimuth, pose.elevation, pose.roll, pose.distance));
    }
    const double azimuth = radians(pose.azimuth);
    const double elevation = radians(pose.elevation);
    const double roll = radians(pose.roll);
    const Eigen::Vector3d forward(-std::sin(azimuth) * std::cos(elevation), -std::sin(elevation),
                                  -std::cos(azimuth) * std::cos(elevation));
    const Eigen::Vector3d right = level_right(azimuth);
    const Eigen::Vector3d down = forward.cross(right);

    Eigen::Matrix3d rotation;
    rotation.row(0) = std::cos(roll) * right + std::sin(roll) * down;
    rotation.row(1) = std::cos(roll) * down - std::sin(roll) * right;
    rotation.row(2) = forward;

    Camera camera;
    camera.width = width;
    camera.height = height;
    camera.cx = width / 2.0;
    camera.cy = height / 2.0;
    const double shorter_side = std::min(width, height);
    if (pose.field_of_view == 0) {
        camera.projection = Camera::Projection::orthographic;
        camera.fx = shorter_side / default_framing_extent;
    } else {
        camera.fx = shorter_side / 2 / std::tan(radians(pose.field_of_view) / 2);
    }
    camera.fy = camera.fx;
    camera.cam_from_object.linear() = rotation;
    camera.cam_from_object.translation() =
        Eigen::Vector3d(0, 0, pose.distance > 0 ? pose.distance : framing_distance(pose.field_of_view));
    return camera;
}

std::vector<OrbitPose> turntable(int count, double elevation, double first_azimuth) {
    if (count < 0) {
        throw UsageError(fmt::format("turntable of {} views; use 0 or more", count));
    }
    std::vector<OrbitPose> poses(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
        OrbitPose& pose = poses[static_cast<std::size_t>(i)];
        pose.azimuth = first_azimuth + 360.0 * i / count;
        pose.elevation = elevation;
    }
    return poses;
}

OrbitPose orbit_pose_of(const Camera& camera) {
    const Eigen::Matrix3d rotation = camera.cam_from_object.linear();
    const Eigen::Vector3d right = rotation.row(0);
    const Eigen::Vector3d forward = rotation.row(2);
    const double horizontal = std::hypot(forward.x(), forward.z());

    OrbitPose pose;
    pose.elevation = degrees(std::atan2(-forward.y(), horizontal));
    if (horizontal < pole_tolerance) {
        pose.azimuth = degrees(std::atan2(-right.z(), right.x()));
    } else {
        const double azimuth = std::atan2(-forward.x(), -forward.z());
        const Eigen::Vector3d unrolled_right = level_right(azimuth);
        const Eigen::Vector3d unrolled_down = forward.cross(unrolled_right);
        pose.azimuth = degrees(azimuth);
        pose.roll = degrees(std::atan2(right.dot(unrolled_down), right.dot(unrolled_right)));
    }
    if (camera.projection == Camera::Projection::orthographic) {
        pose.field_of_view = 0;
    } else {
        const bool wide = camera.width > camera.height;
        const double half_side = (wide ? camera.height : camera.width) / 2.0;
        pose.field_of_view = degrees(2 * std::atan(half_side / (wide ? camera.fy : camera.fx)));
    }
    pose.distance = camera.cam_from_object.translation().norm();
    return pose;
}

}  // namespace maquette::render
