#include "render/io/image_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <optional>

#include "render/error.h"
#include "render/io/byte_reader.h"
#include "render/io/exif.h"
#include "render/io/tiff_directory.h"

namespace maquette::render {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view png_signature = "\x89PNG\r\n\x1a\n"sv;

/// Shorter or empty past the end.
std::string_view slice(std::string_view bytes, std::size_t offset, std::size_t count) {
    return offset < bytes.size() ? bytes.substr(offset, count) : std::string_view{};
}

[[noreturn]] void fail_cut(const std::string& what, std::string_view format) {
    throw InputError(fmt::format("{}: {} file is cut off in its header; copy or download it again", what, format));
}

std::uint64_t needed(std::optional<std::uint64_t> value, const std::string& what, std::string_view format) {
    if (!value) {
        fail_cut(what, format);
    }
    return *value;
}

void apply_exif(ImageHeader& header, std::string_view exif) {
    header.orientation = exif_orientation(exif);
    header.field_of_view = exif_field_of_view(exif, header.width, header.height);
}

struct PngChunk {
    std::string_view type;
    std::string_view data;
    std::string_view whole;  ///< with length and checksum
};

/// Calls `use` on every chunk up to IEND; false when the file ends before that.
bool for_each_png_chunk(std::string_view bytes, const std::function<void(const PngChunk&)>& use) {
    const ByteReader reader(bytes, true);
    std::uint64_t offset = png_signature.size();
    while (const auto length = reader.unsigned_at(offset, 4)) {
        const std::string_view whole = bytes.substr(offset, *length + 12);
        if (whole.size() < *length + 12) {
            return false;
        }
        const PngChunk chunk{whole.substr(4, 4), whole.substr(8, *length), whole};
        use(chunk);
        if (chunk.type == "IEND") {
            return true;
        }
        offset += whole.size();
    }
    return false;
}

ImageHeader png_header(std::string_view bytes, const std::string& what) {
    ImageHeader header{.format = ImageFormat::png};
    const ByteReader reader(bytes, true);
    const auto height = reader.unsigned_at(20, 4);
    if (!height || slice(bytes, 12, 4) != "IHDR") {
        fail_cut(what, "PNG");
    }
    header.width = static_cast<long long>(*reader.unsigned_at(16, 4));
    header.height = static_cast<long long>(*height);
    header.complete = for_each_png_chunk(bytes, [&](const PngChunk& chunk) {
        if (chunk.type == "eXIf") {
            apply_exif(header, chunk.data);
        }
    });
    return header;
}

bool is_start_of_frame(unsigned marker) {
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

/// Position of the next marker's code inside or after entropy-coded data; npos when the file ends first.
std::size_t next_jpeg_marker(std::string_view bytes, std::size_t from) {
    for (std::size_t at = bytes.find('\xFF', from); at != std::string_view::npos && at + 1 < bytes.size();
         at = bytes.find('\xFF', at + 1)) {
        const auto code = static_cast<std::uint8_t>(bytes[at + 1]);
        const bool restart = code >= 0xD0 && code <= 0xD7;
        if (code != 0x00 && code != 0xFF && !restart) {
            return at + 1;
        }
    }
    return std::string_view::npos;
}

ImageHeader jpeg_header(std::string_view bytes, const std::string& what) {
    ImageHeader header{.format = ImageFormat::jpeg, .complete = false};
    const ByteReader reader(bytes, true);
    std::string_view exif;
    bool sized = false;
    // Markers are walked rather than searched for: a thumbnail in the EXIF block has a start and an end of its own.
    for (std::size_t at = next_jpeg_marker(bytes, 2); at != std::string_view::npos;) {
        const auto marker = static_cast<std::uint8_t>(bytes[at]);
        if (marker == 0xD9) {
            header.complete = true;
            break;
        }
        const auto length = reader.unsigned_at(at + 1, 2);
        if (!length || *length < 2) {
            break;
        }
        const std::string_view data = slice(bytes, at + 3, *length - 2);
        if (!sized && is_start_of_frame(marker)) {
            header.height = static_cast<long long>(needed(reader.unsigned_at(at + 4, 2), what, "JPEG"));
            header.width = static_cast<long long>(needed(reader.unsigned_at(at + 6, 2), what, "JPEG"));
            sized = true;
        }
        if (marker == 0xE1 && data.starts_with("Exif\0\0"sv)) {
            exif = data.substr(6);
        }
        at = next_jpeg_marker(bytes, at + 1 + *length);
    }
    if (!sized) {
        fail_cut(what, "JPEG");
    }
    apply_exif(header, exif);
    return header;
}

ImageHeader webp_header(std::string_view bytes, const std::string& what) {
    ImageHeader header{.format = ImageFormat::webp};
    const ByteReader reader(bytes, false);
    const auto field = [&](std::uint64_t offset, unsigned count) {
        return static_cast<long long>(needed(reader.unsigned_at(offset, count), what, "WebP"));
    };
    const long long riff_size = field(4, 4);
    const std::string_view kind = slice(bytes, 12, 4);
    if (kind == "VP8 ") {
        header.width = field(26, 2) & 0x3FFF;
        header.height = field(28, 2) & 0x3FFF;
    } else if (kind == "VP8L") {
        const long long packed = field(21, 4);
        header.width = (packed & 0x3FFF) + 1;
        header.height = ((packed >> 14U) & 0x3FFF) + 1;
    } else if (kind == "VP8X") {
        header.width = field(24, 3) + 1;
        header.height = field(27, 3) + 1;
    } else {
        fail_cut(what, "WebP");
    }
    header.complete = static_cast<std::uint64_t>(riff_size) + 8 <= bytes.size();
    for (std::uint64_t offset = 12; kind == "VP8X";) {
        const auto length = reader.unsigned_at(offset + 4, 4);
        if (!length) {
            break;
        }
        if (slice(bytes, offset, 4) == "EXIF") {
            std::string_view exif = slice(bytes, offset + 8, *length);
            if (exif.starts_with("Exif\0\0"sv)) {
                exif.remove_prefix(6);
            }
            apply_exif(header, exif);
        }
        offset += 8 + *length + (*length & 1U);
    }
    return header;
}

ImageHeader bmp_header(std::string_view bytes, const std::string& what) {
    ImageHeader header{.format = ImageFormat::bmp};
    const ByteReader reader(bytes, false);
    const auto field = [&](std::uint64_t offset, unsigned count) {
        return needed(reader.unsigned_at(offset, count), what, "BMP");
    };
    const bool old_header = field(14, 4) == 12;
    long long bits = 0;
    std::uint64_t compression = 0;
    if (old_header) {
        header.width = static_cast<long long>(field(18, 2));
        header.height = static_cast<long long>(field(20, 2));
        bits = static_cast<long long>(field(24, 2));
    } else {
        header.width = static_cast<std::int32_t>(field(18, 4));
        header.height = std::abs(static_cast<long long>(static_cast<std::int32_t>(field(22, 4))));
        bits = static_cast<long long>(field(28, 2));
        compression = field(30, 4);
    }
    constexpr std::uint64_t run_length_8 = 1;
    constexpr std::uint64_t run_length_4 = 2;
    if (compression != run_length_8 && compression != run_length_4) {
        const long long row = (header.width * bits + 31) / 32 * 4;
        const auto available = static_cast<long long>(bytes.size()) - static_cast<long long>(field(10, 4));
        header.complete = row <= 0 || header.height <= available / row;
    }
    return header;
}

ImageHeader tiff_header(std::string_view bytes, const std::string& what) {
    const TiffDirectory directory = first_tiff_directory(bytes);
    const auto width = directory.integer(256);
    const auto height = directory.integer(257);
    if (!width || !height) {
        fail_cut(what, "TIFF");
    }
    constexpr std::uint64_t largest = 0xFFFFFFFFU;
    ImageHeader header{.format = ImageFormat::tiff,
                       .width = static_cast<long long>(std::min(*width, largest)),
                       .height = static_cast<long long>(std::min(*height, largest))};
    header.field_of_view = exif_field_of_view(bytes, header.width, header.height);
    return header;
}

[[noreturn]] void fail_unknown(std::string_view bytes, const std::string& what) {
    if (slice(bytes, 4, 4) == "ftyp") {
        throw InputError(fmt::format("{}: HEIC and AVIF pictures are not read; convert it to JPEG or PNG", what));
    }
    if (bytes.starts_with("GIF8")) {
        throw InputError(fmt::format("{}: GIF pictures are not read; convert it to PNG", what));
    }
    throw InputError(fmt::format("{}: not a PNG, JPEG, WebP, BMP or TIFF picture", what));
}

}  // namespace

ImageHeader read_image_header(std::string_view bytes, const std::string& what) {
    if (bytes.empty()) {
        throw InputError(fmt::format("{}: file is empty", what));
    }
    if (bytes.starts_with(png_signature)) {
        return png_header(bytes, what);
    }
    if (bytes.starts_with("\xFF\xD8\xFF"sv)) {
        return jpeg_header(bytes, what);
    }
    if (bytes.starts_with("RIFF") && slice(bytes, 8, 4) == "WEBP") {
        return webp_header(bytes, what);
    }
    if (bytes.starts_with("II*\0"sv) || bytes.starts_with("MM\0*"sv) || bytes.starts_with("II+\0"sv) ||
        bytes.starts_with("MM\0+"sv)) {
        return tiff_header(bytes, what);
    }
    if (bytes.starts_with("BM") && bytes.size() > 14) {
        return bmp_header(bytes, what);
    }
    fail_unknown(bytes, what);
}

std::string essential_png_chunks(std::string_view bytes) {
    std::string essential(png_signature);
    for_each_png_chunk(bytes, [&](const PngChunk& chunk) {
        for (const std::string_view type : {"IHDR", "PLTE", "tRNS", "IDAT", "IEND"}) {
            if (chunk.type == type) {
                essential += chunk.whole;
            }
        }
    });
    return essential;
}

}  // namespace maquette::render
