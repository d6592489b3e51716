#include "recon/refine/crop_camera.h"

#include <fmt/format.h>

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "recon/refine/view.h"
#include "render/error.h"

namespace maquette::recon {
namespace {

/// Perspective stays this far from the unit box's corners.
constexpr double nearest_distance = 1.0;
constexpr double covered = 0.5;

struct Rectangle {
    double left = std::numeric_limits<double>::infinity();
    double right = -std::numeric_limits<double>::infinity();
    double top = std::numeric_limits<double>::infinity();
    double bottom = -std::numeric_limits<double>::infinity();

    void add(double x, double y) {
        left = std::min(left, x);
        right = std::max(right, x);
        top = std::min(top, y);
        bottom = std::max(bottom, y);
    }
    [[nodiscard]] double width() const { return right - left; }
    [[nodiscard]] double height() const { return bottom - top; }
    [[nodiscard]] bool empty() const { return !(right > left && bottom > top); }
};

Rectangle rectangle_of(const render::FloatImage& mask) {
    Rectangle rectangle;
    for (int y = 0; y < mask.height; ++y) {
        for (int x = 0; x < mask.width; ++x) {
            if (mask.at(x, y) < covered) continue;
            rectangle.add(static_cast<double>(x) / mask.width, static_cast<double>(y) / mask.height);
            rectangle.add(static_cast<double>(x + 1) / mask.width, static_cast<double>(y + 1) / mask.height);
        }
    }
    return rectangle;
}

Rectangle rectangle_of(const std::vector<Eigen::Vector3d>& cells, const CropCamera& crop) {
    Rectangle rectangle;
    const render::Camera camera = camera_of(crop, 1);
    for (const auto& cell : cells) {
        if (const auto pixel = camera.project(cell)) rectangle.add(pixel->x(), pixel->y());
    }
    return rectangle;
}

/// Scaled by `ratio`, the middle of `seen` brought to a place.
CropCamera moved(const CropCamera& crop, const Rectangle& seen, double ratio, double x, double y) {
    CropCamera result = crop;
    result.scale = crop.scale * ratio;
    result.centre_x = x + ratio * (crop.centre_x - (seen.left + seen.right) / 2);
    result.centre_y = y + ratio * (crop.centre_y - (seen.top + seen.bottom) / 2);
    return result;
}

}  // namespace

render::Camera camera_of(const CropCamera& crop, int size) {
    render::Camera camera = render::orbit_camera({.azimuth = crop.azimuth,
                                                  .elevation = crop.elevation,
                                                  .roll = crop.roll,
                                                  .field_of_view = 40,
                                                  .distance = std::max(crop.distance, nearest_distance)},
                                                 size, size);
    camera.fx = camera.fy = crop.scale * std::max(crop.distance, nearest_distance) * size;
    camera.cx = crop.centre_x * size;
    camera.cy = crop.centre_y * size;
    return camera;
}

CropCamera crop_camera_of(const render::Camera& camera) {
    const Eigen::Vector3d origin = camera.cam_from_object.translation();
    if (camera.width != camera.height || camera.width < 1) {
        throw UsageError(
            fmt::format("the camera of a square crop is needed, not of {}x{} pixels", camera.width, camera.height));
    }
    const double size = camera.width;
    const render::OrbitPose pose = render::orbit_pose_of(camera);
    CropCamera crop{.azimuth = pose.azimuth, .elevation = pose.elevation, .roll = pose.roll};
    if (camera.projection == render::Camera::Projection::orthographic) {
        crop.distance = far_distance;
        crop.scale = camera.fx / size;
        crop.centre_x = (camera.fx * origin.x() + camera.cx) / size;
        crop.centre_y = (camera.fy * origin.y() + camera.cy) / size;
        return crop;
    }
    if (!(origin.z() > 0)) {
        throw UsageError(fmt::format("the object's origin is {:.3g} units behind the camera", -origin.z()));
    }
    crop.distance = origin.z();
    crop.scale = camera.fx / origin.z() / size;
    crop.centre_x = (camera.fx * origin.x() / origin.z() + camera.cx) / size;
    crop.centre_y = (camera.fy * origin.y() / origin.z() + camera.cy) / size;
    return crop;
}

double angle_between(const CropCamera& a, const CropCamera& b) {
    const Eigen::Matrix3d turn =
        camera_of(a, 1).cam_from_object.linear() * camera_of(b, 1).cam_from_object.linear().transpose();
    return std::acos(std::clamp((turn.trace() - 1) / 2, -1.0, 1.0)) * 180 / std::numbers::pi;
}

double azimuth_between(const CropCamera& a, const CropCamera& b) {
    return std::remainder(a.azimuth - b.azimuth, 360.0);
}

CropCamera framed_like(const CropCamera& crop, const std::vector<Eigen::Vector3d>& cells,
                       const render::FloatImage& mask) {
    const Rectangle wanted = rectangle_of(mask);
    const Rectangle seen = rectangle_of(cells, crop);
    if (wanted.empty() || seen.empty()) return crop;
    const double ratio = std::sqrt(wanted.width() / seen.width() * wanted.height() / seen.height());
    return moved(crop, seen, ratio, (wanted.left + wanted.right) / 2, (wanted.top + wanted.bottom) / 2);
}

CropCamera framed_whole(const CropCamera& crop, const std::vector<Eigen::Vector3d>& cells) {
    const Rectangle seen = rectangle_of(cells, crop);
    if (seen.empty()) return crop;
    return moved(crop, seen, view_fill / std::max(seen.width(), seen.height()), 0.5, 0.5);
}

std::vector<Eigen::Vector3d> solid_cells(const render::VoxelGrid& occupancy) {
    const render::VoxelGrid half = resampled(occupancy, std::max(occupancy.resolution / 2, 1));
    const float highest = half.values.empty() ? 0 : *std::max_element(half.values.begin(), half.values.end());
    std::vector<Eigen::Vector3d> cells;
    if (highest <= 0) return cells;
    for (int z = 0; z < half.resolution; ++z) {
        for (int y = 0; y < half.resolution; ++y) {
            for (int x = 0; x < half.resolution; ++x) {
                if (half.at(x, y, z) >= highest / 2) cells.emplace_back(half.centre(x, y, z).cast<double>());
            }
        }
    }
    return cells;
}

}  // namespace maquette::recon
