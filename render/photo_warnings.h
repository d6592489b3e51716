#pragma once

#include <string>
#include <vector>

#include "render/image.h"

namespace maquette::render {

/// What makes a photo a poor one of the object in it, and what to do: cut off, small, dark; a sentence each. rgb: 3
/// channels; mask: of the same size, 0..1.
std::vector<std::string> photo_warnings(const Image& rgb, const FloatImage& mask);

}  // namespace maquette::render
