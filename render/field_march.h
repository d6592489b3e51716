#pragma once

#include "render/camera.h"
#include "render/kernels/ray_march.h"

namespace maquette::render {

/// A perspective camera as kernels know it.
kernels::PinholeCamera pinhole_of(const Camera& camera);

/// Depths along Z, object units.
struct DepthRange {
    float nearest = 0;
    float farthest = 0;
};

/// Where rays can meet a cube of that side around the origin: its circumscribed ball, as far as it is in front of the
/// camera.
DepthRange depth_range(const Camera& camera, double side);

}  // namespace maquette::render
