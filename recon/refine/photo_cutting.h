#pragma once

#include "render/cutout.h"
#include "render/image.h"

namespace maquette::recon {

/// RGB over white: a background in the photo does not reach the networks. foreground: of the photo's size, 0..1; counts
/// where the photo has no alpha of its own.
render::Image over_white(const render::Image& photo, const render::FloatImage& foreground);

/// The object over white in a square of `size` pixels, its longest side filling `fill` (0..1] of it. model: as cut_out
/// takes it. Throws InputError where no foreground is found.
render::Image object_over_white(const render::Image& photo, int size, double fill,
                                const render::ForegroundModel& model = {});

}  // namespace maquette::recon
