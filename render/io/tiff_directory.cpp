#include "render/io/tiff_directory.h"

#include "render/io/byte_reader.h"

namespace maquette::render {

namespace {

constexpr unsigned short_type = 3;
constexpr unsigned long_type = 4;
constexpr unsigned rational_type = 5;
constexpr unsigned long8_type = 16;

struct Layout {
    ByteReader reader;
    unsigned offset_size;
    unsigned count_size;
    unsigned entry_size;
};

Layout layout_of(std::string_view tiff) {
    const ByteReader reader(tiff, tiff.starts_with("MM"));
    const bool big_tiff = reader.unsigned_at(2, 2) == 43U;
    return {reader, big_tiff ? 8U : 4U, big_tiff ? 8U : 2U, big_tiff ? 20U : 12U};
}

unsigned integer_size(std::uint64_t type) {
    return type == short_type ? 2 : type == long_type ? 4 : type == long8_type ? 8 : 0;
}

/// place: where the entry's value lies, or its offset where it is larger than that.
std::optional<double> rational_at(const Layout& layout, std::uint64_t place) {
    constexpr unsigned rational_size = 8;
    const auto start =
        layout.offset_size < rational_size ? layout.reader.unsigned_at(place, layout.offset_size) : place;
    if (!start) {
        return std::nullopt;
    }
    const auto numerator = layout.reader.unsigned_at(*start, 4);
    const auto denominator = layout.reader.unsigned_at(*start + 4, 4);
    if (!numerator || !denominator || *denominator == 0) {
        return std::nullopt;
    }
    return static_cast<double>(*numerator) / static_cast<double>(*denominator);
}

}  // namespace

std::optional<std::uint64_t> TiffDirectory::integer(unsigned tag) const {
    const auto found = integers.find(tag);
    return found == integers.end() ? std::nullopt : std::optional(found->second);
}

std::optional<double> TiffDirectory::number(unsigned tag) const {
    if (const auto found = rationals.find(tag); found != rationals.end()) {
        return found->second;
    }
    const auto whole = integer(tag);
    return whole ? std::optional(static_cast<double>(*whole)) : std::nullopt;
}

TiffDirectory first_tiff_directory(std::string_view tiff) {
    const Layout layout = layout_of(tiff);
    const auto offset = layout.reader.unsigned_at(layout.offset_size == 8 ? 8 : 4, layout.offset_size);
    return offset ? tiff_directory_at(tiff, *offset) : TiffDirectory{};
}

TiffDirectory tiff_directory_at(std::string_view tiff, std::uint64_t offset) {
    TiffDirectory directory;
    if (offset > tiff.size()) {
        return directory;
    }
    const Layout layout = layout_of(tiff);
    const std::uint64_t entry_count = layout.reader.unsigned_at(offset, layout.count_size).value_or(0);
    for (std::uint64_t i = 0; i < entry_count; ++i) {
        const std::uint64_t entry = offset + layout.count_size + i * layout.entry_size;
        const auto tag = layout.reader.unsigned_at(entry, 2);
        const auto type = layout.reader.unsigned_at(entry + 2, 2);
        if (!tag || !type) {
            break;
        }
        const std::uint64_t place = entry + 4 + layout.offset_size;
        if (const unsigned size = integer_size(*type); size > 0) {
            if (const auto value = layout.reader.unsigned_at(place, size)) {
                directory.integers.emplace(static_cast<unsigned>(*tag), *value);
            }
        } else if (*type == rational_type) {
            if (const auto value = rational_at(layout, place)) {
                directory.rationals.emplace(static_cast<unsigned>(*tag), *value);
            }
        }
    }
    return directory;
}

}  // namespace maquette::render
