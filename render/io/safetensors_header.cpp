#include "render/io/safetensors_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "render/error.h"

namespace maquette::render {

namespace {

using Json = nlohmann::json;

constexpr std::string_view metadata_name = "__metadata__";
constexpr std::uint64_t max_header_bytes = 100000000;
constexpr std::size_t max_rank = 64;

constexpr std::array<std::pair<std::string_view, std::uint64_t>, 10> element_sizes{{{"F64", 8},
                                                                                    {"F32", 4},
                                                                                    {"F16", 2},
                                                                                    {"BF16", 2},
                                                                                    {"I64", 8},
                                                                                    {"I32", 4},
                                                                                    {"I16", 2},
                                                                                    {"I8", 1},
                                                                                    {"U8", 1},
                                                                                    {"BOOL", 1}}};

[[noreturn]] void fail_file(const std::string& what, const std::string& why) {
    throw InputError(fmt::format("{}: not a usable safetensors file: {}", what, why));
}

/// Missing when a size is negative or the product does not fit.
std::optional<std::uint64_t> byte_count_of(const std::vector<std::int64_t>& shape, std::string_view type) {
    std::uint64_t bytes = safetensors_element_size(type);
    for (const std::int64_t size : shape) {
        if (size < 0 || __builtin_mul_overflow(bytes, static_cast<std::uint64_t>(size), &bytes)) {
            return std::nullopt;
        }
    }
    return bytes;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
    return fmt::format("[{}]", fmt::join(shape, ", "));
}

class Parser {
public:
    Parser(std::string_view text, std::uint64_t data_bytes, const std::vector<std::string>& types,
           const std::string& what)
        : text_(text), data_bytes_(data_bytes), types_(types), what_(what) {}

    SafetensorsHeader parse() {
        if (!text_.starts_with('{')) {
            fail("its header is no JSON object");
        }
        const Json names = read_header();
        SafetensorsHeader header;
        for (const auto& [name, value] : names.items()) {
            if (name == metadata_name) {
                header.metadata = read_metadata(value);
            } else {
                header.entries.push_back(read_entry(name, value));
            }
        }
        check_tiling(header.entries);
        return header;
    }

private:
    [[noreturn]] void fail(const std::string& why) const { fail_file(what_, why); }

    [[noreturn]] void fail_tensor(const std::string& name, const std::string& why) const {
        fail(fmt::format("tensor '{}' {}", name, why));
    }

    Json read_header() const {
        try {
            return parse_json();
        } catch (const Json::exception& error) {
            fail(fmt::format("its header is no JSON: {}", error.what()));
        }
    }

    /// Keeps nesting to the two levels of the format and finds names that a JSON map would merge in silence.
    Json parse_json() const {
        constexpr int deepest = 3;
        std::vector<std::set<std::string>> names(deepest);
        return Json::parse(text_, [&](int depth, Json::parse_event_t event, Json& parsed) {
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

    SafetensorsEntry read_entry(const std::string& name, const Json& value) const {
        SafetensorsEntry entry;
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
        if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > data_bytes_) {
            fail_tensor(name, fmt::format("has data_offsets [{}], which are not two places in order inside the {} "
                                          "bytes of data; the file may be cut off",
                                          fmt::join(offsets, ", "), data_bytes_));
        }
        entry.begin = offsets[0];
        entry.end = offsets[1];
        const auto needed = byte_count_of(entry.shape, entry.type);
        if (!needed || *needed != entry.end - entry.begin) {
            fail_tensor(name, fmt::format("of shape {} and type {} does not fit its {} bytes", shape_text(entry.shape),
                                          entry.type, entry.end - entry.begin));
        }
        return entry;
    }

    std::string read_type(const std::string& name, const Json& value) const {
        std::string text = value.is_string() ? value.get<std::string>() : value.dump();
        if (value.is_string() && std::find(types_.begin(), types_.end(), text) != types_.end()) {
            return text;
        }
        fail_tensor(name, fmt::format("has type {}; {} are read", text, fmt::join(types_, ", ")));
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

    void check_tiling(std::vector<SafetensorsEntry>& entries) const {
        std::sort(entries.begin(), entries.end(), [](const SafetensorsEntry& a, const SafetensorsEntry& b) {
            return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
        });
        std::uint64_t covered = 0;
        for (const SafetensorsEntry& entry : entries) {
            if (entry.begin != covered) {
                fail_tensor(entry.name, fmt::format("begins at byte {} of the data where {} was expected: data with a "
                                                    "gap or an overlap",
                                                    entry.begin, covered));
            }
            covered = entry.end;
        }
        if (covered != data_bytes_) {
            fail(fmt::format("its tensors cover {} bytes of the {} bytes of data", covered, data_bytes_));
        }
    }

    std::string_view text_;
    std::uint64_t data_bytes_;
    const std::vector<std::string>& types_;
    const std::string& what_;
};

}  // namespace

std::uint64_t safetensors_element_size(std::string_view type) {
    const auto* found = std::find_if(element_sizes.begin(), element_sizes.end(),
                                     [&](const auto& candidate) { return candidate.first == type; });
    if (found == element_sizes.end()) {
        throw Error(fmt::format("safetensors type {} does not exist", type));
    }
    return found->second;
}

std::uint64_t safetensors_header_length(std::string_view first_bytes, std::uint64_t file_bytes,
                                        const std::string& what) {
    if (first_bytes.size() < safetensors_length_size) {
        fail_file(what, fmt::format("it has {} bytes and needs {} for the header length", file_bytes,
                                    safetensors_length_size));
    }
    std::uint64_t length = 0;
    std::memcpy(&length, first_bytes.data(), safetensors_length_size);
    if (length > max_header_bytes) {
        fail_file(what, fmt::format("its header of {} bytes is above the limit of {}", length, max_header_bytes));
    }
    if (length > file_bytes - safetensors_length_size) {
        fail_file(what, fmt::format("its header of {} bytes is longer than the file of {}; copy or download it again",
                                    length, file_bytes));
    }
    return length;
}

SafetensorsHeader parse_safetensors_header(std::string_view text, std::uint64_t data_bytes,
                                           const std::vector<std::string>& types, const std::string& what) {
    return Parser(text, data_bytes, types, what).parse();
}

}  // namespace maquette::render
