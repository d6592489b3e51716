#pragma once

#include <cstdint>
#include <vector>

namespace maquette::render {

/// Squared Euclidean distance, in cells between centres, from each cell of a cube to the nearest marked cell; infinity
/// where none is marked. Lower envelopes of parabolas (Felzenszwalb and Huttenlocher 2012, section 2.1).
/// marked, result: [resolution, resolution, resolution]
std::vector<float> squared_distance_to_marked(const std::vector<std::uint8_t>& marked, int resolution);

}  // namespace maquette::render
