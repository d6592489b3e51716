#include "recon/refine/flagship_aim.h"

#include <ATen/Functions.h>

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>

#include "recon/refine/lifting.h"
#include "recon/refine/network_layers.h"
#include "render/camera.h"

namespace maquette::recon::flagship {
namespace {

constexpr int wide = 24;    // channels at 16^3
constexpr int middle = 48;  // at 8^3
constexpr int deep = 64;    // at 4^3
constexpr int hidden = 128;
// A correction at once: a tanh of the network's output times this.
constexpr double most_shift = 0.3;
constexpr double most_logarithm = 0.5;
constexpr double most_turn = 0.8;

/// Rotation matrices [B, 3, 3] of rotation vectors [B, 3] (Rodrigues).
torch::Tensor rotations(const torch::Tensor& vectors) {
    const auto angle = (vectors.pow(2).sum(1) + 1e-12).sqrt();
    const auto zero = at::zeros_like(angle);
    const auto x = vectors.select(1, 0);
    const auto y = vectors.select(1, 1);
    const auto z = vectors.select(1, 2);
    const auto cross = at::stack({zero, -z, y, z, zero, -x, -y, x, zero}, 1).view({-1, 3, 3});
    const auto first = (at::sin(angle) / angle).view({-1, 1, 1});
    const auto second = ((1 - at::cos(angle)) / (angle * angle)).view({-1, 1, 1});
    return at::eye(3, vectors.options()) + first * cross + second * at::matmul(cross, cross);
}

}  // namespace

void add_aim_shapes(std::vector<ParameterShape>& shapes) {
    LayerShapes s;
    s.conv("aim.in", 3, volume_channels + 8 + 16, wide, 1);
    s.block("aim.block16", 3, wide);
    s.conv("aim.down8", 3, wide, middle, 2);
    s.block("aim.block8", 3, middle);
    s.conv("aim.down4", 3, middle, deep, 2);
    s.block("aim.block4", 3, deep);
    s.norm("aim.norm4", deep);
    s.conv("aim.hidden", 3, deep, hidden, 4);
    s.conv("aim.code", 3, code_size, hidden, 1);
    s.conv("aim.out", 3, hidden, aim_numbers, 1, 0.02);
    s.conv("aim.quality", 3, hidden, 1, 1, 0.1);
    shapes.insert(shapes.end(), s.shapes.begin(), s.shapes.end());
}

Aim aim(const Parameters& p, const LiftedViews& views, const torch::Tensor& prior, const torch::Tensor& current) {
    const auto input = at::cat({views.volume, views.mask, pack_voxels(prior), pack_voxels(current)}, 1);
    const auto x16 = block3d(p, "aim.block16", conv3d(p, "aim.in", input));
    const auto x8 = block3d(p, "aim.block8", conv3d(p, "aim.down8", x16, 2));
    const auto x4 = activate(p, "aim.norm4", block3d(p, "aim.block4", conv3d(p, "aim.down4", x8, 2)));
    const auto code = conv3d(p, "aim.code", views.pictures.code.view({-1, code_size, 1, 1, 1}));
    const auto h = at::leaky_relu(conv3d(p, "aim.hidden", x4) + code, activation_slope);
    const auto out = at::tanh(conv3d(p, "aim.out", h).flatten(1));
    return {at::cat({out.narrow(1, 0, 3) * most_shift, out.narrow(1, 3, 1) * most_logarithm,
                     out.narrow(1, 4, 3) * most_turn, out.narrow(1, 7, 1) * most_logarithm},
                    1),
            conv3d(p, "aim.quality", h).flatten()};
}

torch::Tensor aimed(const torch::Tensor& projections, const torch::Tensor& corrections) {
    // P0 and P1 are taken apart into where the origin appears and what the rest adds to it.
    const auto origin_depth = projections.select(2, 3).narrow(1, 2, 1);
    const auto place = projections.select(2, 3).narrow(1, 0, 2) / origin_depth;
    const auto depth_row = projections.narrow(1, 2, 1).narrow(2, 0, 3);
    const auto spread = projections.narrow(1, 0, 2).narrow(2, 0, 3) - place.unsqueeze(2) * depth_row;

    const auto turn = rotations(corrections.narrow(1, 4, 3));
    const auto farther = at::exp(corrections.narrow(1, 7, 1));
    const auto larger = at::exp(corrections.narrow(1, 3, 1)) * farther;
    const auto turned_depth = at::matmul(depth_row, turn);
    const auto turned_spread = at::matmul(spread, turn) * larger.unsqueeze(2);
    const auto depth = origin_depth * farther;
    const auto shift = at::matmul(turned_spread, corrections.narrow(1, 0, 3).unsqueeze(2)).squeeze(2) / depth;
    const auto moved = place + shift;
    const auto rows = at::cat({turned_spread + moved.unsqueeze(2) * turned_depth, turned_depth}, 1);
    return at::cat({rows, at::cat({moved * depth, depth}, 1).unsqueeze(2)}, 2);
}

CropCamera aimed(const CropCamera& from, const float* correction) {
    const Eigen::Map<const Eigen::Vector3f> shift(correction);
    const Eigen::Map<const Eigen::Vector3f> turn(correction + 4);
    render::Camera camera = camera_of(from, 1);
    const double angle = turn.cast<double>().norm();
    if (angle > 0) {
        camera.cam_from_object.linear() =
            camera.cam_from_object.linear() * Eigen::AngleAxisd(angle, turn.cast<double>() / angle).toRotationMatrix();
    }
    const render::OrbitPose pose = render::orbit_pose_of(camera);
    CropCamera to = from;
    to.azimuth = pose.azimuth;
    to.elevation = pose.elevation;
    to.roll = pose.roll;
    to.distance = std::clamp(from.distance * std::exp(static_cast<double>(correction[7])), 1.0, far_distance);
    to.scale = from.scale * std::exp(static_cast<double>(correction[3]));
    const Eigen::Vector3d moved = camera.cam_from_object.linear() * shift.cast<double>() * to.scale;
    to.centre_x += moved.x();
    to.centre_y += moved.y();
    return to;
}

}  // namespace maquette::recon::flagship
