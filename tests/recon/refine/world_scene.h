#pragma once

#include <Eigen/Geometry>
#include <cmath>
#include <vector>

#include "recon/refine/crop_camera.h"
#include "recon/refine/view.h"
#include "recon/refine/world_placement.h"
#include "render/field_picture.h"

namespace maquette::recon::testing {

/// A chair-like shape that fills the object frame: seat, back at -Z; no symmetry front to back. depth: of its seat.
inline render::VoxelGrid world_chair(float depth = 0.6F) {
    render::VoxelGrid grid(32);
    for (int z = 0; z < 32; ++z) {
        for (int y = 0; y < 32; ++y) {
            for (int x = 0; x < 32; ++x) {
                const auto p = grid.centre(x, y, z);
                const bool within = std::abs(p.x()) < 0.25F && std::abs(p.z()) < depth / 2;
                const bool seat = p.y() < 0;
                const bool back = p.z() < -depth / 2 + 0.15F;
                grid.at(x, y, z) = within && (seat || back) ? 1.0F : 0.0F;
            }
        }
    }
    return grid;
}

/// Where the chair is in the world of the tests.
inline WorldPlacement true_placement() {
    WorldPlacement placement;
    placement.object_from_world = (Eigen::AngleAxisd(0.7, Eigen::Vector3d::UnitY()) *
                                   Eigen::AngleAxisd(1.1, Eigen::Vector3d(1, 2, 3).normalized()))
                                      .toRotationMatrix();
    placement.centre = Eigen::Vector3d(3, -1, 2);
    placement.size = 2.5;
    return placement;
}

/// The camera of the object frame in that world: the inverse of placed_camera.
inline render::Camera from_world(const render::Camera& camera, const WorldPlacement& placement) {
    render::Camera result = camera;
    result.cam_from_object.linear() = camera.cam_from_object.linear() * placement.object_from_world;
    result.cam_from_object.translation() =
        placement.size * camera.cam_from_object.translation() - result.cam_from_object.linear() * placement.centre;
    return result;
}

/// Views of a shape with cameras from the world, azimuths and elevations in degrees.
inline std::vector<View> world_views(const std::vector<CropCamera>& cameras, const render::VoxelGrid& shape) {
    std::vector<View> views;
    for (const CropCamera& crop : cameras) {
        View view;
        const render::Camera camera = camera_of(crop, view_size);
        view.mask = render::picture_of_field(shape, camera).coverage;
        view.rgb = render::Image(view_size, view_size, 3, 255);
        view.camera = from_world(camera, true_placement());
        view.name = "photo " + std::to_string(views.size());
        views.push_back(view);
    }
    return views;
}

inline std::vector<CropCamera> ring(int count, double first, double step, double elevation) {
    std::vector<CropCamera> cameras;
    for (int i = 0; i < count; ++i) {
        cameras.push_back({.azimuth = first + i * step,
                           .elevation = elevation + (i % 2 == 0 ? 6 : -6),
                           .distance = 2.4 + 0.2 * (i % 3),
                           .scale = 0.62,
                           .centre_x = 0.5 + 0.05 * (i % 2)});
    }
    return cameras;
}

inline double degrees_between(const Eigen::Vector3d& a, const Eigen::Vector3d& b) {
    return std::atan2(a.cross(b).norm(), a.dot(b)) * 180 / 3.14159265358979;
}

}  // namespace maquette::recon::testing
