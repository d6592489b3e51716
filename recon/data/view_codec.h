#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "recon/data/shape_dataset.h"

namespace maquette::recon {

/// Bytes of a view before compression: camera and pose as doubles, then red, green, blue and mask as differenced
/// planes.
std::size_t colour_bytes(int image_size);
std::vector<std::uint8_t> pack_colour(const DatasetView& view, int image_size);
DatasetView unpack_colour(std::span<std::uint8_t> bytes, int image_size);

/// Nearest and farthest depth as floats, then depth in 16 bits (0: nothing seen) and normals in 3 x 8 bits,
/// differenced.
std::size_t geometry_bytes(int image_size);
std::vector<std::uint8_t> pack_geometry(const DatasetView& view, int image_size);
void unpack_geometry(std::span<std::uint8_t> bytes, int image_size, DatasetView& target);

}  // namespace maquette::recon
