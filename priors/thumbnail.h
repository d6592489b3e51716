#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "render/image.h"

namespace maquette::priors {

inline constexpr int thumbnail_side = 32;
inline constexpr std::size_t thumbnail_pixels = std::size_t{thumbnail_side} * thumbnail_side;

/// A view small enough to compare with thousands: the square around the object, row-major.
struct Thumbnail {
    std::array<std::uint8_t, thumbnail_pixels> mask{};  ///< coverage, 0..255
    std::array<std::uint8_t, thumbnail_pixels> grey{};  ///< luma of sRGB; 0 outside the mask
};

/// colours: 1, 3 or 4 channels; mask [h, w, 1] of the same size, 0..1. Throws InputError when the sizes differ or the
/// mask is empty.
Thumbnail make_thumbnail(const render::Image& colours, const render::FloatImage& mask);

/// 0 (same) to 1: half of it 1 - soft IoU of the masks, half of it (1 - correlation) / 2 of the greys where both masks
/// are, which a change of brightness or contrast leaves alone.
float thumbnail_distance(const Thumbnail& a, const Thumbnail& b);

}  // namespace maquette::priors
