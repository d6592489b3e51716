#pragma once

#include "render/camera.h"
#include "render/grid.h"
#include "render/image.h"

namespace maquette::render {

struct FieldPicture {
    FloatImage coverage;  ///< [H, W, 1] 0..1
    FloatImage depth;     ///< [H, W, 1] along Z beyond the origin's, object units; 0 where nothing is covered
};

/// A soft occupancy field (0..1) seen by a perspective camera: each of `steps` samples along a ray hides what is behind
/// it by its occupancy. Throws UsageError on an orthographic camera or steps below 1.
FieldPicture picture_of_field(const VoxelGrid& occupancy, const Camera& camera, int steps = 32);

/// The same into memory of the caller, [height * width] each.
void picture_of_field(const VoxelGrid& occupancy, const Camera& camera, int steps, float* coverage, float* depth);

}  // namespace maquette::render
