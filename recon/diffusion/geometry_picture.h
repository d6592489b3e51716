#pragma once

#include "render/camera.h"
#include "render/grid.h"
#include "render/image.h"

namespace maquette::recon::diffusion {

inline constexpr int geometry_channels = 5;

/// What a novel-view network is shown of a shape at the target pose, [H, W, 5]: coverage as -1..1; depth along Z beyond
/// the origin's, object units, times the coverage; normal towards the camera in the camera frame, times the coverage.
/// Zeros everywhere would be no geometry at all: coverage is never 0 for a whole picture.
/// occupancy: soft, 0..1. Throws UsageError on an orthographic camera.
render::FloatImage geometry_picture(const render::VoxelGrid& occupancy, const render::Camera& camera);

}  // namespace maquette::recon::diffusion
