#pragma once

#include <torch/types.h>

#include "recon/refine/correspondence.h"
#include "recon/refine/view.h"
#include "render/grid.h"

namespace maquette::recon {

/// [3, size, size] RGB 0..1 over black: what the published code sees, and zeros where there is nothing to learn from.
/// Cut from the top left when the view is larger. Throws UsageError when the view is smaller.
torch::Tensor image_tensor(const View& view, int size);

/// [4, size, size]: the same and the mask 0..1.
torch::Tensor masked_image_tensor(const View& view, int size);

/// [1, 1, R, R, R]. Throws UsageError when the grid's resolution is not `resolution`.
torch::Tensor voxel_tensor(const render::Grid& grid, int resolution);

/// From any tensor of R^3 elements.
render::VoxelGrid voxel_grid_from(const torch::Tensor& voxels, double side);

/// From [3, R, R, R] x, y, z in object units.
DisplacementGrid displacement_grid_from(const torch::Tensor& displacement, double side);

}  // namespace maquette::recon
