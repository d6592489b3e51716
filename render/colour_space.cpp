#include "render/colour_space.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace maquette::render {

float linear_from_srgb(float encoded) {
    const float value = std::clamp(encoded, 0.0F, 1.0F);
    return value <= 0.04045F ? value / 12.92F : std::pow((value + 0.055F) / 1.055F, 2.4F);
}

float srgb_from_linear(float linear) {
    const float value = std::clamp(linear, 0.0F, 1.0F);
    return value <= 0.0031308F ? 12.92F * value : 1.055F * std::pow(value, 1 / 2.4F) - 0.055F;
}

float linear_from_srgb_byte(std::uint8_t encoded) {
    static const std::array<float, 256> table = [] {
        std::array<float, 256> values{};
        for (std::size_t i = 0; i < values.size(); ++i) {
            values[i] = linear_from_srgb(static_cast<float>(i) / 255);
        }
        return values;
    }();
    return table[encoded];
}

Eigen::Vector3f linear_from_srgb(const Eigen::Vector3f& encoded) {
    return {linear_from_srgb(encoded.x()), linear_from_srgb(encoded.y()), linear_from_srgb(encoded.z())};
}

}  // namespace maquette::render
