#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace maquette::render {

enum class ImageFormat { png, jpeg, webp, bmp, tiff };

/// What a file says about its picture before anything is decoded.
struct ImageHeader {
    ImageFormat format = ImageFormat::png;
    long long width = 0;   ///< pixels as stored, before the orientation is applied
    long long height = 0;  ///< pixels as stored
    int orientation = 1;   ///< EXIF tag 274, 1..8; 1 for TIFF, whose decoder turns the picture itself
    /// Degrees across the longer side of the whole picture, by EXIF (see exif_field_of_view); none: not known.
    std::optional<double> field_of_view;
    bool complete = true;  ///< false when the file ends before the picture does
};

/// Throws InputError when the bytes are no PNG, JPEG, WebP, BMP or TIFF, or end inside the header.
ImageHeader read_image_header(std::string_view bytes, const std::string& what);

/// A PNG of only the chunks that pixels depend on: colour profiles and comments make libpng write to stderr.
std::string essential_png_chunks(std::string_view bytes);

}  // namespace maquette::render
