#pragma once

#include "render/image.h"

namespace maquette::render {

/// How much each pixel differs from the picture's border, 0..1. rgb: 3 channels, at most some hundred pixels a side.
/// Minimum barrier distance to the border by raster scans, and the distance of the pixel's colour to the border's
/// colours side by side (Zhang et al., ICCV 2015), favouring the middle.
FloatImage salient(const Image& rgb);

}  // namespace maquette::render
