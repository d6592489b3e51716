#pragma once

#include "render/image.h"

namespace maquette::render {

/// The mask moved to the edges of the picture (He et al., "Guided image filtering", 2013), one channel each of one
/// size; not clamped. guide: brightness 0..255. radius: pixels, 1 or more.
FloatImage guided(const FloatImage& mask, const FloatImage& guide, int radius);

}  // namespace maquette::render
