#include "render/io/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "render/error.h"
#include "render/io/atomic_file.h"

namespace maquette::render {

namespace {

static_assert(std::endian::native == std::endian::little, "tensor bytes are copied as they are");

using Json = nlohmann::json;

constexpr std::string_view metadata_name = "__metadata__";
constexpr std::size_t length_size = 8;
constexpr std::uint64_t max_header_bytes = 100000000;
constexpr std::size_t max_file_bytes = std::size_t{8} << 30U;
constexpr std::size_t max_rank = 64;

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

/// A tensor's place in the data block.
struct Entry {
    std::string name;
    TensorType type = TensorType::f32;
    std::vector<std::int64_t> shape;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

class Parser {
public:
    Parser(std::string_view bytes, const std::string& what) : bytes_(bytes), what_(what) {}

    SafetensorsFile parse() {
        const Json header = read_header();
        SafetensorsFile file;
        std::vector<Entry> entries;
        for (const auto& [name, value] : header.items()) {
            if (name == metadata_name) {
                file.metadata = read_metadata(value);
            } else {
                entries.push_back(read_entry(name, value));
            }
        }
        check_tiling(entries);
        for (Entry& entry : entries) {
            const std::string_view data = data_.substr(entry.begin, entry.end - entry.begin);
            TensorData& tensor = file.tensors[entry.name];
            tensor.type = entry.type;
            tensor.shape = std::move(entry.shape);
            tensor.bytes.assign(data.begin(), data.end());
        }
        return file;
    }

private:
    [[noreturn]] void fail(const std::string& why) const {
        throw InputError(fmt::format("{}: not a usable safetensors file: {}", what_, why));
    }

    [[noreturn]] void fail_tensor(const std::string& name, const std::string& why) const {
        fail(fmt::format("tensor '{}' {}", name, why));
    }

    Json read_header() {
        if (bytes_.size() < length_size) {
            fail(fmt::format("it has {} bytes and needs {} for the header length", bytes_.size(), length_size));
        }
        std::uint64_t length = 0;
        std::memcpy(&length, bytes_.data(), length_size);
        if (length > max_header_bytes) {
            fail(fmt::format("its header of {} bytes is above the limit of {}", length, max_header_bytes));
        }
        if (length > bytes_.size() - length_size) {
            fail(fmt::format("its header of {} bytes is longer than the file of {}; copy or download it again", length,
                             bytes_.size()));
        }
        const std::string_view text = bytes_.substr(length_size, length);
        data_ = bytes_.substr(length_size + length);
        if (!text.starts_with('{')) {
            fail("its header is no JSON object");
        }
        try {
            return parse_json(text);
        } catch (const Json::exception& error) {
            fail(fmt::format("its header is no JSON: {}", error.what()));
        }
    }

    /// Keeps nesting to the two levels of the format and finds names that a JSON map would merge in silence.
    Json parse_json(std::string_view text) const {
        constexpr int deepest = 3;
        std::vector<std::set<std::string>> names(deepest);
        return Json::parse(text, [&](int depth, Json::parse_event_t event, Json& parsed) {
            const bool opens = event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start;
            if (opens && depth >= deepest) {
                fail("its header is nested too deeply");
            }
            if (event == Json::parse_event_t::object_start) {
                names[static_cast<std::size_t>(depth)].clear();
            }
            if (event == Json::parse_event_t::key) {
                const auto& name = parsed.get_ref<const std::string&>();
                if (!names[static_cast<std::size_t>(depth - 1)].insert(name).second) {
                    fail(fmt::format("the name '{}' occurs twice", name));
                }
            }
            return true;
        });
    }

    std::map<std::string, std::string> read_metadata(const Json& value) const {
        if (!value.is_object()) {
            fail("its __metadata__ is no object of texts");
        }
        std::map<std::string, std::string> metadata;
        for (const auto& [name, text] : value.items()) {
            if (!text.is_string()) {
                fail(fmt::format("its metadata '{}' is no text", name));
            }
            metadata.emplace(name, text.get<std::string>());
        }
        return metadata;
    }

    Entry read_entry(const std::string& name, const Json& value) const {
        Entry entry;
        entry.name = name;
        if (!value.is_object() || value.size() != 3 || !value.contains("dtype") || !value.contains("shape") ||
            !value.contains("data_offsets")) {
            fail_tensor(name, "must have dtype, shape and data_offsets and nothing else");
        }
        entry.type = read_type(name, value["dtype"]);
        const auto shape = read_integers(name, "shape", value["shape"]);
        if (shape.size() > max_rank) {
            fail_tensor(name, fmt::format("has {} dimensions; at most {} are read", shape.size(), max_rank));
        }
        for (const std::uint64_t size : shape) {
            if (!std::in_range<std::int64_t>(size)) {
                fail_tensor(name, fmt::format("has a dimension of {}", size));
            }
            entry.shape.push_back(static_cast<std::int64_t>(size));
        }
        const auto offsets = read_integers(name, "data_offsets", value["data_offsets"]);
        if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > data_.size()) {
            fail_tensor(name, fmt::format("has data_offsets [{}], which are not two places in order inside the {} "
                                          "bytes of data; the file may be cut off",
                                          fmt::join(offsets, ", "), data_.size()));
        }
        entry.begin = offsets[0];
        entry.end = offsets[1];
        const auto needed = byte_count_of(entry.shape, entry.type);
        if (!needed || *needed != entry.end - entry.begin) {
            fail_tensor(name, fmt::format("of shape {} and type {} does not fit its {} bytes", shape_text(entry.shape),
                                          type_name_of(entry.type).name, entry.end - entry.begin));
        }
        return entry;
    }

    TensorType read_type(const std::string& name, const Json& value) const {
        const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
        for (const TypeName& candidate : type_names) {
            if (value.is_string() && candidate.name == text) {
                return candidate.type;
            }
        }
        fail_tensor(name, fmt::format("has type {}; F32, F16, I64, I32 and U8 are read", text));
    }

    std::vector<std::uint64_t> read_integers(const std::string& name, std::string_view field, const Json& value) const {
        std::vector<std::uint64_t> integers;
        if (!value.is_array()) {
            fail_tensor(name, fmt::format("has a {} that is no list", field));
        }
        for (const Json& element : value) {
            if (!element.is_number_unsigned()) {
                fail_tensor(name, fmt::format("has a {} with {}; whole numbers from 0 are needed", field,
                                              element.dump(-1, ' ', false, Json::error_handler_t::replace)));
            }
            integers.push_back(element.get<std::uint64_t>());
        }
        return integers;
    }

    void check_tiling(std::vector<Entry>& entries) const {
        std::sort(entries.begin(), entries.end(),
                  [](const Entry& a, const Entry& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
        std::uint64_t covered = 0;
        for (const Entry& entry : entries) {
            if (entry.begin != covered) {
                fail_tensor(entry.name, fmt::format("begins at byte {} of the data where {} was expected: data with a "
                                                    "gap or an overlap",
                                                    entry.begin, covered));
            }
            covered = entry.end;
        }
        if (covered != data_.size()) {
            fail(fmt::format("its tensors cover {} bytes of the {} bytes of data", covered, data_.size()));
        }
    }

    std::string_view bytes_;
    std::string_view data_;
    const std::string& what_;
};

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
    return Parser(bytes, what).parse();
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
