#include "recon/diffusion/geometry_picture.h"

#include <fmt/format.h>

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <optional>

#include "render/error.h"
#include "render/field_picture.h"

namespace maquette::recon::diffusion {
namespace {

constexpr int steps_a_ray = 48;
constexpr float least_coverage = 0.05F;
constexpr float flat = 1e-4F;  // a gradient below says nothing of the normal
constexpr int photo_depth_size = 64;
constexpr float behind = 0.06F;        // object units beyond the surface that the photo sees: hidden
constexpr float least_facing = 0.1F;   // cosine between normal and sight that shows nothing yet,
constexpr float enough_facing = 0.5F;  // and all
constexpr float mirror_trust = 0.5F;

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

/// The colours that a photo shows of a shape's places.
class PhotoColours {
public:
    PhotoColours(const render::VoxelGrid& occupancy, const View& photo) : photo_(&photo) {
        if (!photo.camera) throw UsageError(fmt::format("{}: its colours need its camera", photo.name));
        camera_ = *photo.camera;
        shown_ = render::picture_of_field(occupancy, camera_.resized(photo_depth_size, photo_depth_size), steps_a_ray);
        eye_ = camera_.centre_in_object();
    }

    /// Red, green and blue, -1..1, times how well the place is seen, 0..1; and that.
    [[nodiscard]] Eigen::Vector4f of(const Eigen::Vector3d& place, const Eigen::Vector3f& normal) const {
        const Eigen::Vector4f direct = seen_at(place, normal);
        const Eigen::Vector4f mirrored =
            seen_at({-place.x(), place.y(), place.z()}, {-normal.x(), normal.y(), normal.z()});
        return direct + (1 - direct.w()) * mirror_trust * mirrored;
    }

private:
    [[nodiscard]] Eigen::Vector4f seen_at(const Eigen::Vector3d& place, const Eigen::Vector3f& normal) const {
        const auto pixel = camera_.project(place);
        if (!pixel) return Eigen::Vector4f::Zero();
        const auto x = static_cast<int>(std::floor(pixel->x()));
        const auto y = static_cast<int>(std::floor(pixel->y()));
        if (x < 0 || y < 0 || x >= photo_->rgb.width || y >= photo_->rgb.height) return Eigen::Vector4f::Zero();
        const int coarse_x = std::min(x * photo_depth_size / camera_.width, photo_depth_size - 1);
        const int coarse_y = std::min(y * photo_depth_size / camera_.height, photo_depth_size - 1);
        if (shown_.coverage.at(coarse_x, coarse_y) < least_coverage) return Eigen::Vector4f::Zero();
        const double depth = pixel->z() - camera_.cam_from_object.translation().z();
        if (depth > shown_.depth.at(coarse_x, coarse_y) + behind) return Eigen::Vector4f::Zero();
        const float facing = normal.dot((eye_ - place).cast<float>().normalized());
        const float weight =
            photo_->mask.at(x, y) * std::clamp((facing - least_facing) / (enough_facing - least_facing), 0.0F, 1.0F);
        Eigen::Vector4f seen;
        for (int c = 0; c < 3; ++c) seen[c] = weight * (static_cast<float>(photo_->rgb.at(x, y, c)) / 127.5F - 1);
        seen[3] = weight;
        return seen;
    }

    const View* photo_;
    render::Camera camera_;
    render::FieldPicture shown_;
    Eigen::Vector3d eye_;
};

}  // namespace

render::FloatImage geometry_picture(const render::VoxelGrid& occupancy, const render::Camera& camera,
                                    const View* photo) {
    const auto seen = render::picture_of_field(occupancy, camera, steps_a_ray);
    render::FloatImage picture(camera.width, camera.height, geometry_channels);
    const Eigen::Isometry3d object_from_cam = camera.cam_from_object.inverse();
    const Eigen::Matrix3f turn = camera.cam_from_object.linear().cast<float>();
    std::optional<PhotoColours> colours;
    if (photo != nullptr) colours.emplace(occupancy, *photo);
    const double origin_depth = camera.cam_from_object.translation().z();
    for (int y = 0; y < camera.height; ++y) {
        for (int x = 0; x < camera.width; ++x) {
            const float coverage = seen.coverage.at(x, y);
            picture.at(x, y, geometry_channel::coverage) = 2 * coverage - 1;
            if (coverage < least_coverage) continue;
            const float depth = seen.depth.at(x, y);
            picture.at(x, y, geometry_channel::depth) = coverage * depth;
            const double z = depth + origin_depth;
            const Eigen::Vector3d x_in_camera((x + 0.5 - camera.cx) / camera.fx * z,
                                              (y + 0.5 - camera.cy) / camera.fy * z, z);
            const Eigen::Vector3d x_in_object = object_from_cam * x_in_camera;
            Eigen::Vector3f normal = outward_normal(occupancy, x_in_object.cast<float>());
            if ((turn * normal).dot(x_in_camera.cast<float>()) > 0) normal = -normal;
            const Eigen::Vector3f normal_in_camera = turn * normal;
            for (int axis = 0; axis < 3; ++axis) {
                picture.at(x, y, geometry_channel::normal + axis) = coverage * normal_in_camera[axis];
            }
            if (!colours) continue;
            const Eigen::Vector4f colour = colours->of(x_in_object, normal);
            for (int c = 0; c < 4; ++c) picture.at(x, y, geometry_channel::colour + c) = colour[c];
        }
    }
    return picture;
}

}  // namespace maquette::recon::diffusion
