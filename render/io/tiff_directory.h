#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

namespace maquette::render {

/// First value of every field of a TIFF directory (TIFF 6.0, section 2; BigTIFF, too) that holds numbers >= 0.
struct TiffDirectory {
    std::map<unsigned, std::uint64_t> integers;  ///< by tag
    std::map<unsigned, double> rationals;        ///< by tag; those over 0 are left out

    [[nodiscard]] std::optional<std::uint64_t> integer(unsigned tag) const;
    /// Of either kind.
    [[nodiscard]] std::optional<double> number(unsigned tag) const;
};

/// The first directory of a TIFF or EXIF block. Never throws: what is cut off or damaged is left out.
TiffDirectory first_tiff_directory(std::string_view tiff);

/// The one at an offset, as a field of another tells it.
TiffDirectory tiff_directory_at(std::string_view tiff, std::uint64_t offset);

}  // namespace maquette::render
