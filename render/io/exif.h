#pragma once

#include <optional>
#include <string_view>

namespace maquette::render {

/// Tag 274 of an EXIF block (a TIFF file without a picture, "II*" or "MM*"), 1..8; 1 where it says none.
int exif_orientation(std::string_view exif);

/// Degrees across the longer side of the whole picture of width x height pixels, by the focal length in an EXIF block
/// (EXIF 2.32, section 4.6): as equivalent of 35 mm film, which is about the same angle across the diagonal (CIPA
/// DCG-001), else in mm with the resolution of the sensor. None where it is missing or no lens has it (1 degree or
/// less, 150 or more), and where the picture's proportions are no longer those that the block tells, so that it was
/// cut since.
std::optional<double> exif_field_of_view(std::string_view exif, long long width, long long height);

}  // namespace maquette::render
