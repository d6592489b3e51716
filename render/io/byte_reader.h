#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace maquette::render {

/// Integers at offsets; past the end they are missing.
class ByteReader {
public:
    ByteReader(std::string_view bytes, bool big_endian) : bytes_(bytes), big_endian_(big_endian) {}

    /// count: bytes, 0..8.
    [[nodiscard]] std::optional<std::uint64_t> unsigned_at(std::uint64_t offset, unsigned count) const {
        if (offset > bytes_.size() || bytes_.size() - offset < count) {
            return std::nullopt;
        }
        std::uint64_t value = 0;
        for (unsigned i = 0; i < count; ++i) {
            const std::uint64_t byte = static_cast<std::uint8_t>(bytes_[offset + i]);
            value |= byte << (8U * (big_endian_ ? count - 1U - i : i));
        }
        return value;
    }

private:
    std::string_view bytes_;
    bool big_endian_;
};

}  // namespace maquette::render
