#include "recon/refine/lifting.h"

#include <ATen/Functions.h>

#include <Eigen/Core>

namespace maquette::recon {
namespace {

/// Far outside every picture, and no overflow when multiplied by a picture's size.
constexpr double outside = 1e3;
constexpr double nearest_depth = 1e-3;

}  // namespace

torch::Tensor projection_tensor(const render::Camera& camera) {
    Eigen::Matrix<double, 3, 4> intrinsic_from_cam = Eigen::Matrix<double, 3, 4>::Zero();
    intrinsic_from_cam(0, 0) = camera.fx / camera.width;
    intrinsic_from_cam(1, 1) = camera.fy / camera.height;
    if (camera.projection == render::Camera::Projection::perspective) {
        intrinsic_from_cam(0, 2) = camera.cx / camera.width;
        intrinsic_from_cam(1, 2) = camera.cy / camera.height;
        intrinsic_from_cam(2, 2) = 1;
    } else {
        intrinsic_from_cam(0, 3) = camera.cx / camera.width;
        intrinsic_from_cam(1, 3) = camera.cy / camera.height;
        intrinsic_from_cam(2, 3) = 1;
    }
    const Eigen::Matrix<double, 3, 4> projection = intrinsic_from_cam * camera.cam_from_object.matrix();
    auto tensor = torch::empty({3, 4}, torch::kFloat32);
    auto values = tensor.accessor<float, 2>();
    for (int row = 0; row < 3; ++row) {
        for (int column = 0; column < 4; ++column) values[row][column] = static_cast<float>(projection(row, column));
    }
    return tensor;
}

torch::Tensor cell_centres(int resolution, double side) {
    const auto axis = (at::arange(resolution, torch::kFloat32) + 0.5) * (side / resolution) - side / 2;
    const auto zyx = at::meshgrid({axis, axis, axis}, "ij");
    return at::stack({zyx[2], zyx[1], zyx[0]}, 3);
}

ProjectedPoints project_points(const torch::Tensor& projections, const torch::Tensor& points) {
    const auto homogeneous =
        at::matmul(points, projections.narrow(2, 0, 3).transpose(1, 2)) + projections.narrow(2, 3, 1).transpose(1, 2);
    const auto depth = homogeneous.select(2, 2);
    const auto in_front = depth > nearest_depth;
    const auto pixels = homogeneous.narrow(2, 0, 2) / depth.clamp_min(nearest_depth).unsqueeze(2);
    const auto coordinates = at::where(in_front.unsqueeze(2), (2 * pixels - 1).clamp(-outside, outside),
                                       at::full({1}, outside, points.options()));
    return {coordinates, depth - projections.select(2, 3).select(1, 2).unsqueeze(1)};
}

torch::Tensor pack_voxels(const torch::Tensor& voxels) {
    const auto n = voxels.size(0);
    const auto c = voxels.size(1);
    const auto r = voxels.size(2) / 2;
    return voxels.reshape({n, c, r, 2, r, 2, r, 2}).permute({0, 1, 3, 5, 7, 2, 4, 6}).reshape({n, 8 * c, r, r, r});
}

torch::Tensor unpack_voxels(const torch::Tensor& packed) {
    const auto n = packed.size(0);
    const auto c = packed.size(1) / 8;
    const auto r = packed.size(2);
    return packed.reshape({n, c, 2, 2, 2, r, r, r})
        .permute({0, 1, 5, 2, 6, 3, 7, 4})
        .reshape({n, c, 2 * r, 2 * r, 2 * r});
}

}  // namespace maquette::recon
