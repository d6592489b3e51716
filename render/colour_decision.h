#pragma once

#include "render/image.h"

namespace maquette::render {

/// What is object where the probability leaves it open: by the colours of what surely is and of what surely is not
/// (Rother et al., "GrabCut", 2004). rgb: 3 channels; probability: of its size, 0..1. Returns 0 or 1 a pixel. The same
/// bits every time.
FloatImage decide_by_colours(const Image& rgb, const FloatImage& probability);

}  // namespace maquette::render
