#pragma once

#include "render/cutout.h"
#include "render/image.h"

namespace maquette::render {

/// How much each pixel within the box differs from what surrounds it, 0..1 with 1 at the most; 0 outside. rgb: 3
/// channels, at most some hundred pixels a side. Minimum barrier distance to the box's border by raster scans, and the
/// distance of its colour to the border's colours side by side (Zhang et al., ICCV 2015), favouring the middle.
FloatImage salient(const Image& rgb, const PixelBox& box);

}  // namespace maquette::render
