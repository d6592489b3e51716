#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace maquette::recon {

/// One zstd frame with a checksum of its content, appended to `target`. Returns its size in bytes.
std::size_t append_compressed(std::span<const std::uint8_t> bytes, std::vector<std::uint8_t>& target);

/// Fills `target` exactly. False when the frame is damaged or holds another number of bytes.
[[nodiscard]] bool decompress(std::span<const std::uint8_t> block, std::span<std::uint8_t> target);

/// Every row minus the row above it, modulo 256, in place: smooth pictures become runs of small numbers that zstd
/// packs better, and undoing it is one vector addition a row. bytes: [rows, row_bytes].
void difference_rows(std::span<std::uint8_t> bytes, std::size_t row_bytes);
void accumulate_rows(std::span<std::uint8_t> bytes, std::size_t row_bytes);

/// The same for 16-bit values [rows, row_length], as two byte planes (low bytes first) of sign-folded differences.
std::vector<std::uint8_t> split_differences(std::span<const std::uint16_t> values, std::size_t row_length);
std::vector<std::uint16_t> join_differences(std::span<const std::uint8_t> planes, std::size_t row_length);

}  // namespace maquette::recon
