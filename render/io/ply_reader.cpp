#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <map>
#include <utility>

#include "render/error.h"
#include "render/io/line_scanner.h"
#include "render/io/mesh_formats.h"

namespace maquette::render {
namespace {

constexpr std::size_t max_header_bytes = 65536;
constexpr std::size_t max_polygon_corners = 16384;

enum class Encoding { ascii, little_endian, big_endian };
enum class Scalar { i8, u8, i16, u16, i32, u32, f32, f64 };

struct Property {
    std::string name;
    Scalar type = Scalar::f32;
    bool is_list = false;
    Scalar count_type = Scalar::u8;
};

struct Element {
    std::string name;
    std::size_t count = 0;
    std::vector<Property> properties;
};

struct Header {
    Encoding encoding = Encoding::ascii;
    std::vector<Element> elements;
    std::size_t data_begin = 0;
};

[[noreturn]] void fail(const std::string& what, const std::string& problem) {
    throw InputError(fmt::format("{}: {}", what, problem));
}

Scalar scalar_of(std::string_view name, const std::string& what) {
    static const std::map<std::string_view, Scalar> names = {
        {"char", Scalar::i8},   {"int8", Scalar::i8},     {"uchar", Scalar::u8},   {"uint8", Scalar::u8},
        {"short", Scalar::i16}, {"int16", Scalar::i16},   {"ushort", Scalar::u16}, {"uint16", Scalar::u16},
        {"int", Scalar::i32},   {"int32", Scalar::i32},   {"uint", Scalar::u32},   {"uint32", Scalar::u32},
        {"float", Scalar::f32}, {"float32", Scalar::f32}, {"double", Scalar::f64}, {"float64", Scalar::f64}};
    const auto found = names.find(name);
    if (found == names.end()) {
        fail(what, fmt::format("PLY property type `{}` is unknown", name.substr(0, 40)));
    }
    return found->second;
}

std::size_t size_of(Scalar type) {
    constexpr std::array<std::size_t, 8> sizes = {1, 1, 2, 2, 4, 4, 4, 8};
    return sizes[static_cast<std::size_t>(type)];
}

Element read_element(LineScanner& scanner, const std::string& what) {
    Element element;
    element.name = scanner.word();
    const std::string_view word = scanner.word();
    const auto count = parse_number(word);
    if (!count || !(*count >= 0) || *count > 4294967295.0 || *count != std::floor(*count)) {
        fail(what, fmt::format("PLY element {} has the count `{}`", element.name, word.substr(0, 40)));
    }
    element.count = static_cast<std::size_t>(*count);
    return element;
}

Property read_property(LineScanner& scanner, const std::string& what) {
    Property property;
    std::string_view word = scanner.word();
    property.is_list = word == "list";
    if (property.is_list) {
        property.count_type = scalar_of(scanner.word(), what);
        word = scanner.word();
    }
    property.type = scalar_of(word, what);
    property.name = scanner.word();
    return property;
}

Header read_header(std::string_view bytes, const std::string& what) {
    constexpr std::string_view last_line = "end_header";
    const std::size_t end = bytes.substr(0, max_header_bytes).find(last_line);
    if (!bytes.starts_with("ply") || end == std::string_view::npos) {
        fail(what, "not a PLY: the header from `ply` to `end_header` is missing or cut off");
    }
    Header header;
    header.data_begin = end + last_line.size();
    header.data_begin += bytes.substr(header.data_begin, 2) == "\r\n" ? 2 : 1;
    header.data_begin = std::min(header.data_begin, bytes.size());
    LineScanner scanner(bytes.substr(0, end));
    while (scanner.next_line()) {
        const std::string_view keyword = scanner.word();
        if (keyword == "format") {
            const std::string_view format = scanner.word();
            if (format != "ascii" && format != "binary_little_endian" && format != "binary_big_endian") {
                fail(what, fmt::format("PLY format `{}` is unknown", format.substr(0, 40)));
            }
            header.encoding = format == "ascii"                  ? Encoding::ascii
                              : format == "binary_little_endian" ? Encoding::little_endian
                                                                 : Encoding::big_endian;
        } else if (keyword == "element") {
            header.elements.push_back(read_element(scanner, what));
        } else if (keyword == "property") {
            if (header.elements.empty()) {
                fail(what, "PLY property before any element");
            }
            header.elements.back().properties.push_back(read_property(scanner, what));
        }
    }
    return header;
}

/// One number after another, as text or as bytes. Never reads beyond the data.
class NumberStream {
public:
    NumberStream(std::string_view data, Encoding encoding, const std::string& what)
        : data_(data), words_(data), encoding_(encoding), what_(what) {}

    double next(Scalar type) { return encoding_ == Encoding::ascii ? next_word() : next_bytes(type); }

    /// How many more values there can be, so that a lying count reserves no memory.
    [[nodiscard]] std::size_t most_left() const { return data_.size() - position_; }

private:
    double next_word() {
        std::string_view word = words_.word();
        while (word.empty()) {
            if (!words_.next_line()) {
                fail(what_, "PLY data is cut off");
            }
            word = words_.word();
        }
        const auto number = parse_number(word);
        if (!number) {
            fail(what_, fmt::format("PLY data holds `{}`, which is not a number", word.substr(0, 40)));
        }
        return *number;
    }

    double next_bytes(Scalar type) {
        const std::size_t size = size_of(type);
        if (size > data_.size() - position_) {
            fail(what_, fmt::format("PLY data is cut off after {} bytes", data_.size()));
        }
        std::array<char, 8> raw{};
        std::copy_n(data_.data() + position_, size, raw.data());
        position_ += size;
        if ((encoding_ == Encoding::little_endian) != (std::endian::native == std::endian::little)) {
            std::reverse(raw.data(), raw.data() + size);
        }
        switch (type) {
            case Scalar::i8:
                return load<std::int8_t>(raw.data());
            case Scalar::u8:
                return load<std::uint8_t>(raw.data());
            case Scalar::i16:
                return load<std::int16_t>(raw.data());
            case Scalar::u16:
                return load<std::uint16_t>(raw.data());
            case Scalar::i32:
                return load<std::int32_t>(raw.data());
            case Scalar::u32:
                return load<std::uint32_t>(raw.data());
            case Scalar::f32:
                return static_cast<double>(load<float>(raw.data()));
            default:
                return load<double>(raw.data());
        }
    }

    template <typename Value>
    static Value load(const char* bytes) {
        Value value;
        std::memcpy(&value, bytes, sizeof(Value));
        return value;
    }

    std::string_view data_;
    LineScanner words_;
    Encoding encoding_;
    const std::string& what_;
    std::size_t position_ = 0;
};

class PlyParser {
public:
    PlyParser(std::string_view bytes, const std::string& what, const MeshLimits& limits)
        : header_(read_header(bytes, what)),
          numbers_(bytes.substr(header_.data_begin), header_.encoding, what),
          what_(what),
          limits_(limits) {}

    TriangleMesh run() {
        for (const Element& element : header_.elements) {
            if (element.properties.empty() && element.count > 0) {
                fail(what_, fmt::format("PLY element {} has no properties", element.name));
            }
            if (element.name == "vertex") {
                read_vertices(element);
            } else if (element.name == "face") {
                read_faces(element);
            } else {
                skip(element);
            }
        }
        if (mesh_.triangles.empty()) {
            fail(what_, fmt::format("the PLY holds no faces ({} vertices); a mesh is needed, not a point cloud",
                                    mesh_.vertices.size()));
        }
        return std::move(mesh_);
    }

private:
    std::size_t list_length(const Property& property) {
        const double length = numbers_.next(property.count_type);
        if (!(length >= 0) || length > static_cast<double>(numbers_.most_left()) || length != std::floor(length)) {
            fail(what_, fmt::format("PLY list {} has the length {}", property.name, length));
        }
        return static_cast<std::size_t>(length);
    }

    void skip(const Property& property) {
        const std::size_t count = property.is_list ? list_length(property) : 1;
        for (std::size_t i = 0; i < count; ++i) {
            numbers_.next(property.type);
        }
    }

    void skip(const Element& element) {
        for (std::size_t i = 0; i < element.count; ++i) {
            for (const Property& property : element.properties) {
                skip(property);
            }
        }
    }

    /// Where a vertex property goes: 0..2 position, 3..5 normal, 6..8 colour; -1: nowhere.
    static int slot_of(const std::string& name) {
        constexpr std::array names = {"x", "y", "z", "nx", "ny", "nz", "red", "green", "blue"};
        constexpr std::array other_colours = {"diffuse_red", "diffuse_green", "diffuse_blue"};
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (name == names[i] || (i >= 6 && name == other_colours[i - 6])) {
                return static_cast<int>(i);
            }
        }
        return -1;
    }

    /// Integer colours span their type's range.
    static double colour_scale(Scalar type) {
        return type == Scalar::u8 ? 1.0 / 255 : type == Scalar::u16 ? 1.0 / 65535 : 1.0;
    }

    void read_vertices(const Element& element) {
        if (element.count > limits_.max_vertices) {
            fail(what_, fmt::format("{} vertices, more than the limit of {}; simplify the mesh first", element.count,
                                    limits_.max_vertices));
        }
        std::vector<int> slots;
        std::array<bool, 9> present{};
        for (const Property& property : element.properties) {
            slots.push_back(property.is_list ? -1 : slot_of(property.name));
            if (slots.back() >= 0) {
                present[static_cast<std::size_t>(slots.back())] = true;
            }
        }
        if (!present[0] || !present[1] || !present[2]) {
            fail(what_, "PLY vertices lack x, y or z");
        }
        const bool normals = present[3] && present[4] && present[5];
        const bool colours = present[6] && present[7] && present[8];
        for (std::size_t i = 0; i < element.count; ++i) {
            std::array<float, 9> values{};
            for (std::size_t k = 0; k < slots.size(); ++k) {
                const Property& property = element.properties[k];
                if (slots[k] < 0) {
                    skip(property);
                    continue;
                }
                const double scale = slots[k] >= 6 ? colour_scale(property.type) : 1.0;
                values[static_cast<std::size_t>(slots[k])] = static_cast<float>(numbers_.next(property.type) * scale);
            }
            mesh_.vertices.emplace_back(values[0], values[1], values[2]);
            if (!mesh_.vertices.back().allFinite()) {
                fail(what_, fmt::format("vertex {} is at ({}, {}, {}), which is not finite", i, values[0], values[1],
                                        values[2]));
            }
            if (normals) {
                const Eigen::Vector3f normal(values[3], values[4], values[5]);
                mesh_.vertex_normals.push_back(normal.allFinite() ? normal.stableNormalized()
                                                                  : Eigen::Vector3f::Zero().eval());
            }
            if (colours) {
                const Eigen::Vector3f colour(values[6], values[7], values[8]);
                mesh_.vertex_colours.push_back(colour.allFinite() ? colour.cwiseMax(0.0F).cwiseMin(1.0F).eval()
                                                                  : Eigen::Vector3f::Ones().eval());
            }
        }
    }

    void read_faces(const Element& element) {
        for (std::size_t i = 0; i < element.count; ++i) {
            for (const Property& property : element.properties) {
                if (property.is_list && (property.name == "vertex_indices" || property.name == "vertex_index")) {
                    read_face(property, i);
                } else {
                    skip(property);
                }
            }
        }
    }

    void read_face(const Property& property, std::size_t face) {
        const std::size_t count = list_length(property);
        if (count > max_polygon_corners) {
            fail(what_,
                 fmt::format("face {} has {} corners, more than the limit of {}", face, count, max_polygon_corners));
        }
        corners_.clear();
        positions_.clear();
        for (std::size_t k = 0; k < count; ++k) {
            const double index = numbers_.next(property.type);
            if (!(index >= 0) || index >= static_cast<double>(mesh_.vertices.size()) || index != std::floor(index)) {
                fail(what_, fmt::format("face {} names vertex {}, but there are {} (indices start at 0)", face, index,
                                        mesh_.vertices.size()));
            }
            corners_.push_back(static_cast<int>(index));
            positions_.push_back(mesh_.vertices[static_cast<std::size_t>(corners_.back())]);
        }
        if (count == 3) {
            add_triangle(corners_[0], corners_[1], corners_[2]);
            return;
        }
        for (const Eigen::Vector3i& t : triangulate_polygon(positions_)) {
            add_triangle(corners_[t[0]], corners_[t[1]], corners_[t[2]]);
        }
    }

    void add_triangle(int a, int b, int c) {
        if (a == b || b == c || c == a) {
            return;
        }
        if (mesh_.triangles.size() >= limits_.max_triangles) {
            fail(what_,
                 fmt::format("more than {} triangles, the limit; simplify the mesh first", limits_.max_triangles));
        }
        mesh_.triangles.emplace_back(a, b, c);
    }

    Header header_;
    NumberStream numbers_;
    const std::string& what_;
    const MeshLimits& limits_;
    TriangleMesh mesh_;
    std::vector<int> corners_;
    std::vector<Eigen::Vector3f> positions_;
};

}  // namespace

TriangleMesh parse_ply(std::string_view bytes, const std::string& what, const MeshLimits& limits) {
    TriangleMesh mesh = PlyParser(bytes, what, limits).run();
    mesh.validate(what);
    return mesh;
}

}  // namespace maquette::render
