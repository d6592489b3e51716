#pragma once

#include <Eigen/Core>
#include <cstdint>

namespace maquette::render {

/// sRGB transfer curve (IEC 61966-2-1). Values 0..1; the encoder clamps.
float linear_from_srgb(float encoded);
float srgb_from_linear(float linear);

/// The same for 0..255, by a table.
float linear_from_srgb_byte(std::uint8_t encoded);

Eigen::Vector3f linear_from_srgb(const Eigen::Vector3f& encoded);

}  // namespace maquette::render
