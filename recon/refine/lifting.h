#pragma once

#include <torch/types.h>

#include "render/camera.h"

namespace maquette::recon {

/// Row-major [3, 4] float32 P with pixel = (P0 x / P2 x, P1 x / P2 x) for x = (object frame, 1), pixels as fractions of
/// the image's width and height, and P2 x the depth in object units. An orthographic camera has P2 = (0, 0, 0, 1).
torch::Tensor projection_tensor(const render::Camera& camera);

/// Cell centres of a grid: [R, R, R, 3] in the object frame, cells ordered [z, y, x].
torch::Tensor cell_centres(int resolution, double side);

/// Where points fall in pictures. projections: [B, 3, 4]; points: [P, 3], the same for all, or
/// [B, P, 3] -> coordinates [B, P, 2] in -1..1 over the
/// picture (what at::grid_sampler_2d reads) and depth beyond the object's origin [B, P], object units.
/// Points behind a camera fall outside the picture.
struct ProjectedPoints {
    torch::Tensor coordinates;
    torch::Tensor depth;
};
ProjectedPoints project_points(const torch::Tensor& projections, const torch::Tensor& points);

/// Sub-voxel packing: [N, C, 2R, 2R, 2R] <-> [N, 8C, R, R, R]; no convolution then runs at the full resolution.
torch::Tensor pack_voxels(const torch::Tensor& voxels);
torch::Tensor unpack_voxels(const torch::Tensor& packed);

}  // namespace maquette::recon
