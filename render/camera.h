#pragma once

#include <Eigen/Geometry>
#include <optional>
#include <vector>

namespace maquette::render {

/// Camera frame: X right, Y down, Z forward (OpenCV). Object frame: Y up, front towards +Z, bounding box centred at the
/// origin, longest side 1. Pixel coordinates: the centre of the first pixel is (0.5, 0.5).
struct Camera {
    enum class Projection { perspective, orthographic };

    struct Ray {
        Eigen::Vector3d origin_in_object;
        Eigen::Vector3d direction_in_object;  ///< unit length
    };

    Projection projection = Projection::perspective;
    int width = 0;   ///< pixels
    int height = 0;  ///< pixels
    double fx = 1;   ///< perspective: pixels; orthographic: pixels per object unit
    double fy = 1;
    double cx = 0;  ///< principal point, pixels
    double cy = 0;
    Eigen::Isometry3d cam_from_object = Eigen::Isometry3d::Identity();

    [[nodiscard]] Ray ray(double pixel_x, double pixel_y) const;

    /// (pixel x, pixel y, depth along Z). Empty when the point is not in front of a perspective camera.
    [[nodiscard]] std::optional<Eigen::Vector3d> project(const Eigen::Vector3d& x_in_object) const;

    [[nodiscard]] Eigen::Vector3d centre_in_object() const;

    /// The same camera for its image scaled to another size.
    [[nodiscard]] Camera resized(int new_width, int new_height) const;

    /// The same camera for the square crop of its image with this top left corner and side (pixels), resampled to
    /// `size` x `size`.
    [[nodiscard]] Camera cropped(double left, double top, double side, int size) const;
};

/// Where a camera stands around the object, looking at the origin. Azimuth 0 looks at the front (camera on +Z),
/// positive azimuth moves the camera towards +X; elevation is positive above; roll turns the camera clockwise
/// about its viewing direction. Degrees.
struct OrbitPose {
    double azimuth = 0;
    double elevation = 0;
    double roll = 0;
    double field_of_view = 40;  ///< degrees across the image's shorter side; 0: orthographic
    double distance = 0;        ///< object units from the origin; 0: as far as `framing_distance` says
};

/// Diameter of the sphere around the origin that default framings show whole. The unit box's corners reach beyond it.
inline constexpr double default_framing_extent = 1.25;

/// Distance at which a sphere of diameter `extent` just fits the field of view. With orthographic projection any
/// distance serves: 2 is returned.
double framing_distance(double field_of_view_degrees, double extent = default_framing_extent);

Camera orbit_camera(const OrbitPose& pose, int width, int height);

/// `count` poses evenly spaced in azimuth.
std::vector<OrbitPose> turntable(int count, double elevation, double first_azimuth = 0);

/// Inverse of orbit_camera for a camera that looks at the origin; roll and distance included. Looking straight up or
/// down, the roll is counted as azimuth.
OrbitPose orbit_pose_of(const Camera& camera);

}  // namespace maquette::render
