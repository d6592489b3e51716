#pragma once

#include <torch/types.h>

#include <cstdint>
#include <span>
#include <vector>

namespace maquette::recon {

/// Pictures within -1..1 as bytes 0..255, values beyond clamped.
std::vector<std::uint8_t> picture_bytes(const torch::Tensor& pictures);
/// [shape] float32 from as many bytes. picture_bytes of it gives the bytes back.
torch::Tensor pictures_of(std::span<const std::uint8_t> bytes, const std::vector<std::int64_t>& shape);

/// The same with zero kept exactly: -127..127.
std::vector<std::int8_t> signed_picture_bytes(const torch::Tensor& pictures);
torch::Tensor pictures_of(std::span<const std::int8_t> bytes, const std::vector<std::int64_t>& shape);

}  // namespace maquette::recon
