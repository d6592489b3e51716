#include "render/io/safetensors_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "render/error.h"
#include "render/io/safetensors.h"
#include "render/io/safetensors_header.h"

namespace maquette::render {
namespace {

const std::vector<std::string> all_types = {"F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "BOOL"};
constexpr std::size_t halves_at_once = std::size_t{1} << 20U;  // what is converted needs this much memory beside it
constexpr unsigned upper_half = 16;

/// bfloat16 is the upper half of a float.
float brain_to_float(std::uint16_t value) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(value) << upper_half);
}

}  // namespace

SafetensorsReader::SafetensorsReader(const std::filesystem::path& path) : path_(path) {
    std::error_code error;
    const std::uint64_t file_bytes = std::filesystem::file_size(path, error);
    if (!error) stream_.open(path, std::ios::binary);
    if (error || !stream_) {
        throw InputError(fmt::format("{}: cannot be read; give an existing safetensors file", path.string()));
    }
    const auto read_text = [&](std::uint64_t size) {
        std::string text(size, '\0');
        stream_.read(text.data(), static_cast<std::streamsize>(size));
        if (!stream_) throw InputError(fmt::format("{}: {} bytes of it cannot be read", path.string(), size));
        return text;
    };
    const std::string first = read_text(std::min<std::uint64_t>(file_bytes, safetensors_length_size));
    const std::uint64_t length = safetensors_header_length(first, file_bytes, path.string());
    const std::uint64_t data_begin = safetensors_length_size + length;
    const SafetensorsHeader header =
        parse_safetensors_header(read_text(length), file_bytes - data_begin, all_types, path.string());
    for (const SafetensorsEntry& entry : header.entries) {
        order_.push_back(entry.name);
        places_[entry.name] = {entry.type, entry.shape, data_begin + entry.begin, entry.end - entry.begin};
    }
}

std::vector<std::string> SafetensorsReader::names() const {
    return order_;
}

const SafetensorsReader::Place& SafetensorsReader::place(const std::string& name) const {
    const auto found = places_.find(name);
    if (found == places_.end()) throw UsageError(fmt::format("{}: no tensor '{}'", path_.string(), name));
    return found->second;
}

const std::vector<std::int64_t>& SafetensorsReader::shape(const std::string& name) const {
    return place(name).shape;
}

bool SafetensorsReader::is_float(const std::string& name) const {
    const std::string& type = place(name).type;
    return type == "F32" || type == "F16" || type == "BF16";
}

void SafetensorsReader::read_floats(const std::string& name, std::span<float> values) {
    const Place& where = place(name);
    if (!is_float(name)) {
        throw InputError(fmt::format("{}: tensor '{}' is of type {}; F32, F16 and BF16 are read as weights",
                                     path_.string(), name, where.type));
    }
    const std::uint64_t size = safetensors_element_size(where.type);
    if (values.size() != where.bytes / size) {
        throw UsageError(fmt::format("{}: tensor '{}' has {} elements, not {}", path_.string(), name,
                                     where.bytes / size, values.size()));
    }
    const auto read = [&](void* to, std::size_t bytes) {
        stream_.read(static_cast<char*>(to), static_cast<std::streamsize>(bytes));
        if (!stream_) {
            stream_.clear();
            throw InputError(fmt::format("{}: tensor '{}' cannot be read to its end; was the file changed meanwhile?",
                                         path_.string(), name));
        }
    };
    stream_.seekg(static_cast<std::streamoff>(where.begin));
    if (where.type == "F32") {
        read(values.data(), values.size_bytes());
        return;
    }
    const auto convert = where.type == "F16" ? half_to_float : brain_to_float;
    std::vector<std::uint16_t> halves(std::min(values.size(), halves_at_once));
    for (std::size_t begin = 0; begin < values.size(); begin += halves.size()) {
        halves.resize(std::min(halves.size(), values.size() - begin));
        read(halves.data(), halves.size() * sizeof(std::uint16_t));
        std::transform(halves.begin(), halves.end(), values.begin() + static_cast<std::ptrdiff_t>(begin), convert);
    }
}

}  // namespace maquette::render
