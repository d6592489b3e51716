#pragma once

#include <functional>

#include "render/grid.h"
#include "render/triangle_mesh.h"

namespace maquette::recon::cli {

/// A closed, smooth surface of a coarse occupancy field: resampled by cubic interpolation to `resolution` cells a side
/// and lightly blurred, near the surface alone, cut at the level that keeps the volume of {occupancy >= threshold},
/// parts below 2 % of the largest one's area dropped, Taubin-smoothed. amend: changes the resampled field, whose
/// surface is at `level`, before it is cut; may be empty. Throws Error when nothing reaches the threshold.
render::TriangleMesh surface_of_field(const render::VoxelGrid& occupancy, float threshold, int resolution,
                                      const std::function<void(render::VoxelGrid& fine, float level)>& amend = {});

}  // namespace maquette::recon::cli
