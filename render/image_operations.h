#pragma once

#include "render/image.h"

namespace maquette::render {

/// Area-averaged when shrinking, bilinear when enlarging. Throws UsageError when a side is below 1.
Image resize(const Image& image, int width, int height);
FloatImage resize(const FloatImage& image, int width, int height);

/// Least value among the pixels at most `radius` (0 or more) columns and rows away, one channel; what lies outside the
/// image does not count.
FloatImage eroded(const FloatImage& image, int radius);

/// Whether the image has an alpha channel (2 or 4 channels) with a pixel that is not opaque.
bool has_transparency(const Image& image);

/// RGB over a plain background, `alpha` dropped. A 3-channel image is returned as it is; 1 and 2 channels become RGB.
/// background: sRGB 0..255.
Image composite_over(const Image& image, std::uint8_t red, std::uint8_t green, std::uint8_t blue);

/// Foreground mask [height, width, 1] in 0..1 from the alpha channel when there is one; otherwise from the distance
/// to the border's median colour (for pictures on a plain background). Throws InputError when no pixel is foreground.
FloatImage foreground_mask(const Image& image);

/// Square crop around the mask's bounding box, its longest side filling `fill` (0..1] of the crop.
struct SquareCrop {
    double left = 0;  ///< pixels in the source
    double top = 0;   ///< pixels in the source
    double side = 1;  ///< pixels in the source
};
SquareCrop square_crop_around(const FloatImage& mask, double fill);

/// Resamples the crop to `size` x `size`; outside the source the pixels are `outside` in every channel.
Image apply_crop(const Image& image, const SquareCrop& crop, int size, std::uint8_t outside);
FloatImage apply_crop(const FloatImage& image, const SquareCrop& crop, int size, float outside);

}  // namespace maquette::render
