#pragma once

#include <optional>

#include "render/cutout.h"

namespace maquette::render {

/// The object as `model` sees it: in the whole picture first, then once more in a square about what was found; with a
/// box, at once in a square about it. What it leaves open is decided by colours (colour_decision.h), and the mask is
/// moved to the photo's edges where the photo is finer. rgb: 3 channels. Empty: the model finds nothing.
std::optional<Cutout> found_by(const ForegroundModel& model, const Image& rgb, const std::optional<PixelBox>& box);

}  // namespace maquette::render
