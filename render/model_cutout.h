#pragma once

#include <optional>

#include "render/cutout.h"

namespace maquette::render {

/// The object as `model` sees it: in the whole picture first, then once more in a square about what was found; with a
/// box, at once in a square about it. The mask is moved to the photo's edges where the photo is finer than the model's
/// pictures. rgb: 3 channels. Empty: the model finds nothing.
std::optional<Cutout> found_by(const ForegroundModel& model, const Image& rgb, const std::optional<PixelBox>& box);

}  // namespace maquette::render
