#include "render/io/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "render/error.h"
#include "render/io/atomic_file.h"
#include "render/io/safetensors_header.h"

namespace maquette::render {

namespace {

static_assert(std::endian::native == std::endian::little, "tensor bytes are copied as they are");

using Json = nlohmann::json;

constexpr std::string_view metadata_name = "__metadata__";
constexpr std::size_t length_size = safetensors_length_size;
constexpr std::size_t max_file_bytes = std::size_t{8} << 30U;

struct TypeName {
    TensorType type;
    std::string_view name;
    std::size_t size;  ///< bytes an element
};

constexpr std::array<TypeName, 5> type_names{{{TensorType::f32, "F32", 4},
                                              {TensorType::f16, "F16", 2},
                                              {TensorType::i64, "I64", 8},
                                              {TensorType::i32, "I32", 4},
                                              {TensorType::u8, "U8", 1}}};

const TypeName& type_name_of(TensorType type) {
    const auto* found = std::find_if(type_names.begin(), type_names.end(),
                                     [&](const TypeName& candidate) { return candidate.type == type; });
    if (found == type_names.end()) {
        throw Error(fmt::format("tensor type {} does not exist", static_cast<int>(type)));
    }
    return *found;
}

/// Missing when a size is negative or the product does not fit.
std::optional<std::int64_t> product_of(const std::vector<std::int64_t>& shape) {
    std::int64_t product = 1;
    for (const std::int64_t size : shape) {
        if (size < 0 || __builtin_mul_overflow(product, size, &product)) {
            return std::nullopt;
        }
    }
    return product;
}

std::optional<std::uint64_t> byte_count_of(const std::vector<std::int64_t>& shape, TensorType type) {
    const auto count = product_of(shape);
    std::uint64_t bytes = 0;
    if (!count || __builtin_mul_overflow(static_cast<std::uint64_t>(*count), type_name_of(type).size, &bytes)) {
        return std::nullopt;
    }
    return bytes;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
    return fmt::format("[{}]", fmt::join(shape, ", "));
}

/// name: one of those above.
TensorType type_named(std::string_view name) {
    return std::find_if(type_names.begin(), type_names.end(), [&](const TypeName& type) { return type.name == name; })
        ->type;
}

std::string header_text(const SafetensorsFile& file, const std::string& what) {
    Json header = Json::object();
    if (!file.metadata.empty()) {
        header[std::string(metadata_name)] = file.metadata;
    }
    std::uint64_t offset = 0;
    for (const auto& [name, tensor] : file.tensors) {
        if (name == metadata_name || byte_count_of(tensor.shape, tensor.type) != tensor.bytes.size()) {
            throw InputError(fmt::format("{}: tensor '{}' of shape {} and type {} cannot be written with {} bytes",
                                         what, name, shape_text(tensor.shape), type_name_of(tensor.type).name,
                                         tensor.bytes.size()));
        }
        header[name] = {{"dtype", type_name_of(tensor.type).name},
                        {"shape", tensor.shape},
                        {"data_offsets", {offset, offset + tensor.bytes.size()}}};
        offset += tensor.bytes.size();
    }
    std::string text;
    try {
        text = header.dump();
    } catch (const Json::exception& error) {
        throw InputError(fmt::format("{}: a name or metadata is no UTF-8 text: {}", what, error.what()));
    }
    // The format asks for data that begins at a multiple of 8.
    text.resize((text.size() + length_size - 1) / length_size * length_size, ' ');
    return text;
}

}  // namespace

std::int64_t TensorData::element_count() const {
    const auto count = product_of(shape);
    if (!count) {
        throw InputError(fmt::format("a tensor of shape {} has no element count", shape_text(shape)));
    }
    return *count;
}

std::vector<float> TensorData::to_floats() const {
    const std::string_view name = type_name_of(type).name;
    if (type != TensorType::f32 && type != TensorType::f16) {
        throw InputError(fmt::format("a tensor of type {} holds no floats; F32 or F16 is needed", name));
    }
    if (byte_count_of(shape, type) != bytes.size()) {
        throw InputError(fmt::format("a tensor of shape {} and type {} does not fit its {} bytes", shape_text(shape),
                                     name, bytes.size()));
    }
    std::vector<float> values(static_cast<std::size_t>(element_count()));
    if (type == TensorType::f32) {
        if (!bytes.empty()) {
            std::memcpy(values.data(), bytes.data(), bytes.size());
        }
        return values;
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
        std::uint16_t half = 0;
        std::memcpy(&half, &bytes[i * sizeof half], sizeof half);
        values[i] = half_to_float(half);
    }
    return values;
}

TensorData TensorData::from_floats(std::span<const float> values, std::vector<std::int64_t> shape, TensorType type) {
    if (type != TensorType::f32 && type != TensorType::f16) {
        throw InputError(fmt::format("floats cannot be stored as {}; F32 or F16 is needed", type_name_of(type).name));
    }
    TensorData tensor{.type = type, .shape = std::move(shape), .bytes = {}};
    if (product_of(tensor.shape) != static_cast<std::int64_t>(values.size())) {
        throw InputError(
            fmt::format("{} values do not fill a tensor of shape {}", values.size(), shape_text(tensor.shape)));
    }
    tensor.bytes.resize(values.size() * type_name_of(type).size);
    if (type == TensorType::f32 && !values.empty()) {
        std::memcpy(tensor.bytes.data(), values.data(), tensor.bytes.size());
    }
    for (std::size_t i = 0; type == TensorType::f16 && i < values.size(); ++i) {
        const std::uint16_t half = float_to_half(values[i]);
        std::memcpy(&tensor.bytes[i * sizeof half], &half, sizeof half);
    }
    return tensor;
}

SafetensorsFile parse_safetensors(std::string_view bytes, const std::string& what) {
    const std::uint64_t length = safetensors_header_length(bytes.substr(0, length_size), bytes.size(), what);
    const std::string_view data = bytes.substr(length_size + length);
    std::vector<std::string> types(type_names.size());
    std::transform(type_names.begin(), type_names.end(), types.begin(),
                   [](const TypeName& type) { return std::string(type.name); });
    SafetensorsHeader header = parse_safetensors_header(bytes.substr(length_size, length), data.size(), types, what);
    SafetensorsFile file;
    file.metadata = std::move(header.metadata);
    for (SafetensorsEntry& entry : header.entries) {
        const std::string_view span = data.substr(entry.begin, entry.end - entry.begin);
        TensorData& tensor = file.tensors[entry.name];
        tensor.type = type_named(entry.type);
        tensor.shape = std::move(entry.shape);
        tensor.bytes.assign(span.begin(), span.end());
    }
    return file;
}

SafetensorsFile read_safetensors(const std::filesystem::path& path) {
    return parse_safetensors(read_file(path, max_file_bytes), path.string());
}

void write_safetensors(const std::filesystem::path& path, const SafetensorsFile& file) {
    const std::string header = header_text(file, path.string());
    write_file_atomically(path, [&](std::ostream& stream) {
        const std::uint64_t length = header.size();
        stream.write(reinterpret_cast<const char*>(&length), length_size);
        stream.write(header.data(), static_cast<std::streamsize>(header.size()));
        for (const auto& [name, tensor] : file.tensors) {
            stream.write(reinterpret_cast<const char*>(tensor.bytes.data()),
                         static_cast<std::streamsize>(tensor.bytes.size()));
        }
    });
}

}  // namespace maquette::render
