#pragma once

#include <torch/types.h>

#include "render/camera.h"

namespace maquette::recon::diffusion {

/// Where the rays of a picture's pixels pass through the cube that objects lie in.
struct RayPlaces {
    torch::Tensor places;  ///< [size * size, samples, 3] object frame, float32; pixels row by row, from near to far
    torch::Tensor inside;  ///< [size * size, samples] bool: within the cube
};

/// Evenly spaced in depth through the ball around the cube of side render::default_grid_side. camera: perspective,
/// square. Throws UsageError on another one, or a size or number of samples below 1.
RayPlaces ray_places(const render::Camera& camera, int size, int samples);

}  // namespace maquette::recon::diffusion
