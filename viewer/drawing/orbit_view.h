#pragma once

#include <Eigen/Core>

#include "render/camera.h"

namespace maquette::viewer {

/// The camera that the user turns around the object. Angles in degrees as in render::OrbitPose.
struct OrbitView {
    double azimuth = 35;
    double elevation = 18;
    double distance = 2.6;                             ///< object units from the target
    Eigen::Vector3d target = Eigen::Vector3d::Zero();  ///< object frame
    double field_of_view = 32;                         ///< degrees, vertical
    bool orthographic = false;
    double roll = 0;  ///< degrees the camera is turned clockwise about its viewing direction
    /// Where the target appears, right and down of the middle: fractions of the largest square in the picture.
    Eigen::Vector2d shift = Eigen::Vector2d::Zero();

    /// Pixels the pointer moved, right and down.
    void orbit(double dx, double dy);
    /// The point under the pointer stays under it. `height`: of the picture, pixels.
    void pan(double dx, double dy, double height);
    /// Positive comes closer; one notch of a wheel is 1.
    void zoom(double notches);

    /// Position of the eye, object frame.
    [[nodiscard]] Eigen::Vector3d eye() const;
    /// Object frame to eye frame (X right, Y up, looking along -Z).
    [[nodiscard]] Eigen::Matrix4f eye_from_object() const;
    /// Eye frame to clip space. aspect: width over height.
    [[nodiscard]] Eigen::Matrix4f clip_from_eye(double aspect) const;

    /// From where a photo was taken: a square picture shows what the photo does. Exact for cameras that look along the
    /// ray through the origin up to a shift of the picture.
    static OrbitView of_camera(const render::Camera& camera);

    bool operator==(const OrbitView&) const = default;
};

}  // namespace maquette::viewer
