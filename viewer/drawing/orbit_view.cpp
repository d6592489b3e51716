#include "viewer/drawing/orbit_view.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <numbers>

namespace maquette::viewer {
namespace {

constexpr double degrees_per_pixel = 0.4;
constexpr double steepest = 89;
constexpr double zoom_per_notch = 1.12;
constexpr double nearest = 0.4;
constexpr double farthest = 20;

double radians(double degrees) {
    return degrees * std::numbers::pi / 180;
}

Eigen::Vector3d towards_eye(double azimuth, double elevation) {
    const double a = radians(azimuth);
    const double e = radians(elevation);
    return {std::sin(a) * std::cos(e), std::sin(e), std::cos(a) * std::cos(e)};
}

}  // namespace

void OrbitView::orbit(double dx, double dy) {
    azimuth = std::remainder(azimuth - dx * degrees_per_pixel, 360.0);
    elevation = std::clamp(elevation + dy * degrees_per_pixel, -steepest, steepest);
}

void OrbitView::pan(double dx, double dy, double height) {
    const double units_per_pixel = 2 * distance * std::tan(radians(field_of_view) / 2) / std::max(height, 1.0);
    const Eigen::Matrix3d rotation = eye_from_object().topLeftCorner<3, 3>().cast<double>();
    target -= rotation.row(0).transpose() * dx * units_per_pixel;
    target += rotation.row(1).transpose() * dy * units_per_pixel;
}

void OrbitView::zoom(double notches) {
    distance = std::clamp(distance / std::pow(zoom_per_notch, notches), nearest, farthest);
}

Eigen::Vector3d OrbitView::eye() const {
    return target + distance * towards_eye(azimuth, elevation);
}

Eigen::Matrix4f OrbitView::eye_from_object() const {
    const Eigen::Vector3d back = towards_eye(azimuth, elevation);
    const Eigen::Vector3d level(std::cos(radians(azimuth)), 0, -std::sin(radians(azimuth)));
    const Eigen::Vector3d upright = back.cross(level);
    const double c = std::cos(radians(roll));
    const double s = std::sin(radians(roll));
    const Eigen::Vector3d right = c * level - s * upright;
    const Eigen::Vector3d up = c * upright + s * level;
    Eigen::Matrix4d matrix = Eigen::Matrix4d::Identity();
    matrix.block<1, 3>(0, 0) = right.transpose();
    matrix.block<1, 3>(1, 0) = up.transpose();
    matrix.block<1, 3>(2, 0) = back.transpose();
    matrix.block<3, 1>(0, 3) = -matrix.topLeftCorner<3, 3>() * eye();
    return matrix.cast<float>();
}

Eigen::Matrix4f OrbitView::clip_from_eye(double aspect) const {
    const double near = std::max(0.01, distance - 2.5);
    const double far = distance + 6;
    // In a narrow pane the width is what must hold the model.
    const double top = std::tan(radians(field_of_view) / 2) * std::max(1.0, 1.0 / aspect);
    const double across = 2 * shift.x() * std::min(1.0, 1.0 / aspect);
    const double down = 2 * shift.y() * std::min(1.0, aspect);
    Eigen::Matrix4d matrix = Eigen::Matrix4d::Zero();
    if (orthographic) {
        matrix(0, 0) = 1 / (top * distance * aspect);
        matrix(1, 1) = 1 / (top * distance);
        matrix(2, 2) = -2 / (far - near);
        matrix(2, 3) = -(far + near) / (far - near);
        matrix(0, 3) = across;
        matrix(1, 3) = -down;
        matrix(3, 3) = 1;
    } else {
        matrix(0, 0) = 1 / (top * aspect);
        matrix(1, 1) = 1 / top;
        matrix(2, 2) = -(far + near) / (far - near);
        matrix(2, 3) = -2 * far * near / (far - near);
        matrix(0, 2) = -across;
        matrix(1, 2) = down;
        matrix(3, 2) = -1;
    }
    return matrix.cast<float>();
}

OrbitView OrbitView::of_camera(const render::Camera& camera) {
    const render::OrbitPose pose = render::orbit_pose_of(camera);
    OrbitView view;
    view.azimuth = pose.azimuth;
    view.elevation = std::clamp(pose.elevation, -steepest, steepest);
    view.roll = pose.roll;
    view.distance = std::clamp(camera.centre_in_object().norm(), nearest, farthest);
    view.orthographic = camera.projection == render::Camera::Projection::orthographic;
    if (!view.orthographic && camera.fy > 0) {
        view.field_of_view =
            std::clamp(2 * std::atan(camera.height / (2 * camera.fy)) * 180 / std::numbers::pi, 5.0, 100.0);
    }
    // A crop's principal point is seldom its middle.
    if (const auto origin = camera.project(Eigen::Vector3d::Zero())) {
        view.shift = {origin->x() / camera.width - 0.5, origin->y() / camera.height - 0.5};
    }
    return view;
}

}  // namespace maquette::viewer
