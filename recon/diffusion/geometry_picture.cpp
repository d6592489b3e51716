#include "recon/diffusion/geometry_picture.h"

#include <Eigen/Core>
#include <Eigen/Geometry>

#include "render/field_picture.h"

namespace maquette::recon::diffusion {
namespace {

constexpr int steps_a_ray = 48;
constexpr float least_coverage = 0.05F;
constexpr float flat = 1e-4F;  // a gradient below says nothing of the normal

/// Towards where the field thins out; zero where it is flat.
Eigen::Vector3f outward_normal(const render::VoxelGrid& occupancy, const Eigen::Vector3f& place) {
    const auto reach = static_cast<float>(occupancy.cell());
    Eigen::Vector3f gradient;
    for (int axis = 0; axis < 3; ++axis) {
        const Eigen::Vector3f offset = reach * Eigen::Vector3f::Unit(axis);
        gradient[axis] = sample_trilinear(occupancy, place + offset) - sample_trilinear(occupancy, place - offset);
    }
    const float length = gradient.norm();
    if (length < flat) return Eigen::Vector3f::Zero();
    return -gradient / length;
}

}  // namespace

render::FloatImage geometry_picture(const render::VoxelGrid& occupancy, const render::Camera& camera) {
    const auto seen = render::picture_of_field(occupancy, camera, steps_a_ray);
    render::FloatImage picture(camera.width, camera.height, geometry_channels);
    const Eigen::Isometry3d object_from_cam = camera.cam_from_object.inverse();
    const Eigen::Matrix3f turn = camera.cam_from_object.linear().cast<float>();
    const double origin_depth = camera.cam_from_object.translation().z();
    for (int y = 0; y < camera.height; ++y) {
        for (int x = 0; x < camera.width; ++x) {
            const float coverage = seen.coverage.at(x, y);
            picture.at(x, y, 0) = 2 * coverage - 1;
            if (coverage < least_coverage) continue;
            const float depth = seen.depth.at(x, y);
            picture.at(x, y, 1) = coverage * depth;
            const double z = depth + origin_depth;
            const Eigen::Vector3d x_in_camera((x + 0.5 - camera.cx) / camera.fx * z,
                                              (y + 0.5 - camera.cy) / camera.fy * z, z);
            Eigen::Vector3f normal = turn * outward_normal(occupancy, (object_from_cam * x_in_camera).cast<float>());
            if (normal.dot(x_in_camera.cast<float>()) > 0) normal = -normal;
            for (int axis = 0; axis < 3; ++axis) picture.at(x, y, 2 + axis) = coverage * normal[axis];
        }
    }
    return picture;
}

}  // namespace maquette::recon::diffusion
