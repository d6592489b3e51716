#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace maquette::render::testing {

/// A short (value) or a rational (value / denominator).
struct ExifField {
    unsigned tag;
    std::uint32_t value;
    std::uint32_t denominator = 0;  ///< 0: a short
};

/// An EXIF block with an orientation (0: none) and fields of how the picture was taken.
inline std::string exif_block_of(int orientation, const std::vector<ExifField>& fields, bool big_endian = false) {
    const auto number = [&](std::uint64_t value, unsigned bytes) {
        std::string text;
        for (unsigned i = 0; i < bytes; ++i) {
            text += static_cast<char>(value >> (8U * (big_endian ? bytes - 1 - i : i)));
        }
        return text;
    };
    const auto entry = [&](unsigned tag, unsigned type, const std::string& value) {
        return number(tag, 2) + number(type, 2) + number(1, 4) + value + std::string(4 - value.size(), '\0');
    };
    const std::uint64_t first_entries = orientation > 0 ? 2 : 1;
    const std::uint64_t second = 8 + 2 + 12 * first_entries + 4;
    std::string block = (big_endian ? "MM" : "II") + number(42, 2) + number(8, 4) + number(first_entries, 2);
    if (orientation > 0) block += entry(274, 3, number(static_cast<std::uint64_t>(orientation), 2));
    block += entry(0x8769, 4, number(second, 4)) + number(0, 4);
    block += number(fields.size(), 2);
    std::string values;
    const std::uint64_t after = second + 2 + 12 * fields.size() + 4;
    for (const ExifField& field : fields) {
        if (field.denominator == 0) {
            block += entry(field.tag, 3, number(field.value, 2));
        } else {
            block += entry(field.tag, 5, number(after + values.size(), 4));
            values += number(field.value, 4) + number(field.denominator, 4);
        }
    }
    return block + number(0, 4) + values;
}

/// A JPEG with the block as its EXIF.
inline std::string jpeg_with_exif_block(const std::string& jpeg, const std::string& block) {
    const std::string data = std::string("Exif\0\0", 6) + block;
    const std::size_t length = data.size() + 2;
    return jpeg.substr(0, 2) + "\xFF\xE1" + static_cast<char>(length >> 8U) + static_cast<char>(length & 0xFFU) + data +
           jpeg.substr(2);
}

/// A PNG with the block as its EXIF. Its checksum is none: nothing reads it.
inline std::string png_with_exif_block(std::string png, const std::string& block) {
    constexpr std::size_t after_header = 8 + 25;
    const std::size_t length = block.size();
    return png.insert(after_header, std::string(2, '\0') + static_cast<char>(length >> 8U) +
                                        static_cast<char>(length & 0xFFU) + "eXIf" + block + std::string(4, '\0'));
}

}  // namespace maquette::render::testing
