#include "render/io/exif.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "render/io/tiff_directory.h"

namespace maquette::render {

namespace {

using namespace std::string_view_literals;

constexpr unsigned orientation_tag = 274;
constexpr unsigned exif_directory_tag = 0x8769;
constexpr unsigned focal_length_tag = 0x920A;
constexpr unsigned width_tag = 0xA002;
constexpr unsigned height_tag = 0xA003;
constexpr unsigned sensor_resolution_tag = 0xA20E;
constexpr unsigned sensor_resolution_unit_tag = 0xA210;
constexpr unsigned film_focal_length_tag = 0xA405;

constexpr double film_diagonal = 43.2666;  // mm, of 36 x 24
/// Scaling rounds to whole pixels, and cameras leave out a few at the edges.
constexpr double same_proportions = 0.02;

bool is_exif(std::string_view block) {
    return block.starts_with("II*\0"sv) || block.starts_with("MM\0*"sv);
}

/// Longer and shorter side: programs that turn a picture do not always turn what is said of it.
struct Sides {
    double longer;
    double shorter;
};

Sides sides_of(double width, double height) {
    return {std::max(width, height), std::min(width, height)};
}

/// Of the picture as the camera made it; none: not told.
std::optional<Sides> told_sides(const TiffDirectory& exif) {
    const double width = exif.number(width_tag).value_or(0);
    const double height = exif.number(height_tag).value_or(0);
    return width > 0 && height > 0 ? std::optional(sides_of(width, height)) : std::nullopt;
}

double mm_a_unit(const TiffDirectory& exif) {
    constexpr double inch = 25.4;
    switch (exif.integer(sensor_resolution_unit_tag).value_or(2)) {
        case 2:
            return inch;
        case 3:
            return 10;
        // Of TIFF/EP, which cameras write into EXIF, too.
        case 4:
            return 1;
        case 5:
            return 1e-3;
        default:
            return 0;
    }
}

/// In longer sides of the picture; 0: not told.
double focal_length(const TiffDirectory& exif, const Sides& sides) {
    if (const double film = exif.number(film_focal_length_tag).value_or(0); film > 0) {
        return film / film_diagonal * std::hypot(1, sides.shorter / sides.longer);
    }
    const double unit = mm_a_unit(exif);
    return unit > 0 ? exif.number(focal_length_tag).value_or(0) * exif.number(sensor_resolution_tag).value_or(0) /
                          (unit * sides.longer)
                    : 0;
}

}  // namespace

int exif_orientation(std::string_view exif) {
    if (!is_exif(exif)) {
        return 1;
    }
    const std::uint64_t orientation = first_tiff_directory(exif).integer(orientation_tag).value_or(1);
    return orientation >= 1 && orientation <= 8 ? static_cast<int>(orientation) : 1;
}

std::optional<double> exif_field_of_view(std::string_view block, long long width, long long height) {
    if (!is_exif(block) || width < 1 || height < 1) {
        return std::nullopt;
    }
    const auto offset = first_tiff_directory(block).integer(exif_directory_tag);
    if (!offset) {
        return std::nullopt;
    }
    const TiffDirectory exif = tiff_directory_at(block, *offset);
    const Sides stored = sides_of(static_cast<double>(width), static_cast<double>(height));
    const Sides told = told_sides(exif).value_or(stored);
    if (std::abs(std::log(told.longer / told.shorter * stored.shorter / stored.longer)) > same_proportions) {
        return std::nullopt;
    }
    const double focal = focal_length(exif, told);
    if (!(focal > 0)) {
        return std::nullopt;
    }
    constexpr double narrowest = 1;
    constexpr double widest = 150;
    const double degrees = 2 * std::atan(0.5 / focal) * 180 / std::numbers::pi;
    return degrees > narrowest && degrees < widest ? std::optional(degrees) : std::nullopt;
}

}  // namespace maquette::render
