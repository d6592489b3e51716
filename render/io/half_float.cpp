#include <bit>
#include <cmath>
#include <cstdint>

#include "render/io/safetensors.h"

namespace maquette::render {

namespace {

constexpr std::uint32_t half_sign = 0x8000U;
constexpr std::uint32_t half_infinity = 0x7C00U;
constexpr std::uint32_t half_mantissa = 0x03FFU;
constexpr std::uint32_t quiet_bit = 0x0200U;
constexpr int mantissa_shift = 13;     // 23 - 10 bits
constexpr std::uint32_t rebias = 112;  // 127 - 15

/// value / 2^shift, ties to even.
std::uint32_t shifted_to_nearest_even(std::uint32_t value, unsigned shift) {
    const std::uint32_t kept = value >> shift;
    const std::uint32_t dropped = value & ((1U << shift) - 1U);
    const std::uint32_t tie = 1U << (shift - 1U);
    return kept + (dropped > tie || (dropped == tie && (kept & 1U) != 0) ? 1U : 0U);
}

}  // namespace

std::uint16_t float_to_half(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t sign = (bits >> 16U) & half_sign;
    const std::uint32_t magnitude = bits & 0x7FFFFFFFU;
    const std::uint32_t exponent = magnitude >> 23U;
    const std::uint32_t mantissa = magnitude & 0x7FFFFFU;
    std::uint32_t half = 0;
    if (exponent == 0xFF) {
        half = mantissa == 0 ? half_infinity : half_infinity | quiet_bit | (mantissa >> mantissa_shift);
    } else if (exponent > rebias) {
        // A mantissa that rounds up carries into the exponent, as it should; too large ends as infinity.
        const std::uint64_t scaled = magnitude - (rebias << 23U);
        half = scaled >= (31ULL << 23U) ? half_infinity
                                        : shifted_to_nearest_even(static_cast<std::uint32_t>(scaled), mantissa_shift);
    } else if (exponent >= rebias - 10) {
        half = shifted_to_nearest_even(mantissa | 0x800000U, rebias + 1 - exponent + mantissa_shift);
    }
    return static_cast<std::uint16_t>(sign | half);
}

float half_to_float(std::uint16_t value) {
    const std::uint32_t sign = (value & half_sign) << 16U;
    const std::uint32_t exponent = (value & half_infinity) >> 10U;
    const std::uint32_t mantissa = value & half_mantissa;
    if (exponent == 0) {
        const float magnitude = std::ldexp(static_cast<float>(mantissa), -24);
        return sign != 0 ? -magnitude : magnitude;
    }
    const std::uint32_t wide_exponent = exponent == 31 ? 0xFFU : exponent + rebias;
    return std::bit_cast<float>(sign | (wide_exponent << 23U) | (mantissa << mantissa_shift));
}

}  // namespace maquette::render
