#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "render/image.h"

namespace maquette::render {

struct ImageLimits {
    int max_side = 16384;              ///< pixels
    long long max_pixels = 100000000;  ///< width * height; read from the header before decoding
};

/// PNG, JPEG, WebP, BMP, TIFF through OpenCV: 8 bits a channel (16-bit is scaled down), R, G, B(, A) order, EXIF
/// orientation applied. 1 (grey), 3 or 4 channels. Throws InputError on anything else: missing, empty, truncated, not
/// an image, too large (says the sizes).
Image read_image(const std::filesystem::path& path, const ImageLimits& limits = {});

/// The same from memory; `what` names it in messages.
Image decode_image(std::string_view bytes, const std::string& what, const ImageLimits& limits = {});

/// PNG, JPEG or WebP by the extension. Atomic (see atomic_file.h).
void write_image(const std::filesystem::path& path, const Image& image);

/// In-memory PNG.
std::string encode_png(const Image& image);

}  // namespace maquette::render
