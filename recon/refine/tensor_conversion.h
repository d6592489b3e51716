#pragma once

#include <torch/types.h>

#include "render/grid.h"
#include "render/image.h"

namespace maquette::recon {

/// [3, size, size] in 0..1 from the top left of an RGB image at least that large. Throws UsageError otherwise.
torch::Tensor image_tensor(const render::Image& rgb, int size);

/// [1, 1, R, R, R]. Throws UsageError when the grid's resolution is not `resolution`.
torch::Tensor voxel_tensor(const render::Grid& grid, int resolution);

/// From any tensor of R^3 elements.
render::VoxelGrid voxel_grid_from(const torch::Tensor& voxels, double side);

}  // namespace maquette::recon
