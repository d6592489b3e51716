#pragma once

#include <span>
#include <vector>

#include "recon/refine/crop_camera.h"
#include "render/grid.h"

namespace maquette::recon::diffusion {

/// How squarely a picture shows each surface cell of a shape: [cells], the cosine between normal and line of sight, 0
/// where the cell is turned away or hidden. Cells in the order of surface_cells.
std::vector<float> squareness(const render::VoxelGrid& occupancy, float threshold, const CropCamera& camera);

/// Solid cells with an empty neighbour, as indices into the grid's values. threshold: occupancy that is solid.
std::vector<std::size_t> surface_cells(const render::VoxelGrid& occupancy, float threshold);

/// Up to `count` pictures of the shape that show best what `seen` do not: each in turn adds most to how squarely the
/// surface is shown. Directions are 15 degrees of azimuth and 20 of elevation apart, -5 to 35; each picture frames the
/// whole shape. Fewer where nothing is left to show; none of an empty shape.
std::vector<CropCamera> cameras_for_unseen(const render::VoxelGrid& occupancy, float threshold,
                                           std::span<const CropCamera> seen, int count);

}  // namespace maquette::recon::diffusion
