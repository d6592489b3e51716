#pragma once

#include "render/image.h"

namespace maquette::render {

/// What a photo's own pixels say of how it was taken, within the object alone.
struct PhotoMeasures {
    double exposure = 0;  ///< mean luminance, 0..1
    /// 0 (every pixel its own) to 1: how little a further blur takes from the differences between neighbours (Crete et
    /// al., "The blur effect: perception and estimation with a new no-reference perceptual blur metric", SPIE 2007)
    double blur = 0;
    /// Standard deviation of the grey tones' noise, 0..1, by second differences, which pictures hardly have (Immerkaer,
    /// "Fast noise variance estimation", 1996)
    double noise = 0;
};

/// rgb: 3 channels; mask: of the same size, 0..1, pixels above a half count. Without any that have all their neighbours
/// in the mask, blur and noise are 0. Throws UsageError where the sizes differ.
PhotoMeasures measure_photo(const Image& rgb, const FloatImage& mask);

}  // namespace maquette::render
