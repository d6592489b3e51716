#pragma once

#include "recon/refine/view.h"
#include "render/camera.h"
#include "render/grid.h"
#include "render/image.h"

namespace maquette::recon::diffusion {

/// Channels of what a novel-view network is shown of a shape at the target pose. Zeros everywhere are no geometry at
/// all: coverage is never 0 for a whole picture.
namespace geometry_channel {
inline constexpr int coverage = 0;  ///< -1..1
inline constexpr int depth = 1;     ///< along Z beyond the origin's, object units, times the coverage
inline constexpr int normal = 2;    ///< three: towards the camera in the camera frame, times the coverage
inline constexpr int colour = 5;    ///< three, -1..1: what the photo shows of this place, times `seen`
inline constexpr int seen = 8;      ///< 0..1: how well the photo shows it; its mirror image, seen well, counts half
}  // namespace geometry_channel
inline constexpr int geometry_channels = 9;

/// [H, W, geometry_channels]. occupancy: soft, 0..1. photo: with its camera; null: colours are zeros. Throws UsageError
/// on an orthographic camera and on a photo without one.
render::FloatImage geometry_picture(const render::VoxelGrid& occupancy, const render::Camera& camera,
                                    const View* photo);

}  // namespace maquette::recon::diffusion
