#include "recon/train/pair_pictures.h"

#include <ATen/Functions.h>

#include <cstring>

namespace maquette::recon {
namespace {

constexpr double byte_half = 127.5;
constexpr double signed_limit = 127;

template <typename Byte>
std::vector<Byte> bytes_of(const torch::Tensor& values, torch::ScalarType type) {
    const auto whole = values.round().to(type).contiguous();
    const auto* begin = static_cast<const Byte*>(whole.data_ptr());
    return {begin, begin + whole.numel()};
}

template <typename Byte>
torch::Tensor floats_of(std::span<const Byte> bytes, const std::vector<std::int64_t>& shape, torch::ScalarType type) {
    auto whole = torch::empty(shape, type);
    std::memcpy(whole.data_ptr(), bytes.data(), bytes.size());
    return whole.to(torch::kFloat32);
}

}  // namespace

std::vector<std::uint8_t> picture_bytes(const torch::Tensor& pictures) {
    return bytes_of<std::uint8_t>((pictures.detach().clamp(-1, 1) + 1) * byte_half, torch::kUInt8);
}

torch::Tensor pictures_of(std::span<const std::uint8_t> bytes, const std::vector<std::int64_t>& shape) {
    return floats_of(bytes, shape, torch::kUInt8) / byte_half - 1;
}

std::vector<std::int8_t> signed_picture_bytes(const torch::Tensor& pictures) {
    return bytes_of<std::int8_t>(pictures.detach().clamp(-1, 1) * signed_limit, torch::kInt8);
}

torch::Tensor pictures_of(std::span<const std::int8_t> bytes, const std::vector<std::int64_t>& shape) {
    return floats_of(bytes, shape, torch::kInt8) / signed_limit;
}

}  // namespace maquette::recon
