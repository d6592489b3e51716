#include <fmt/format.h>

#include <Eigen/Geometry>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <set>
#include <system_error>

#include "render/error.h"
#include "render/io/atomic_file.h"
#include "render/io/image_io.h"
#include "render/io/mesh_formats.h"

namespace maquette::render {
namespace {

static_assert(std::endian::native == std::endian::little, "PLY and STL are written in the machine's byte order");

template <typename Value>
void append(std::string& bytes, const Value& value) {
    char raw[sizeof(Value)];
    std::memcpy(raw, &value, sizeof(Value));
    bytes.append(raw, sizeof(Value));
}

void append(std::string& bytes, const Eigen::Vector3f& value) {
    for (const float coordinate : value) {
        append(bytes, coordinate);
    }
}

std::uint8_t to_byte(float value) {
    return static_cast<std::uint8_t>(std::lround(255 * std::fmin(std::fmax(value, 0.0F), 1.0F)));
}

/// Names of materials end at a line break and are told apart by name alone.
std::vector<std::string> distinct_material_names(const std::vector<Material>& materials) {
    std::vector<std::string> names;
    std::set<std::string> taken;
    for (std::size_t i = 0; i < materials.size(); ++i) {
        std::string name;
        for (const char c : materials[i].name) {
            name += static_cast<unsigned char>(c) <= ' ' || c == '\\' ? '_' : c;
        }
        if (name.empty() || taken.contains(name)) {
            name += fmt::format("material_{}", i);
        }
        while (!taken.insert(name).second) {
            name += '_';
        }
        names.push_back(name);
    }
    return names;
}

/// Files of one mesh: all of them, or none.
class FileSet {
public:
    void write(const std::filesystem::path& path, std::string_view bytes) {
        std::error_code problem;
        const bool is_new = !std::filesystem::exists(path, problem);
        write_file_atomically(path, bytes);
        if (is_new) {
            created_.push_back(path);
        }
    }
    void keep() { created_.clear(); }

    FileSet() = default;
    FileSet(const FileSet&) = delete;
    FileSet& operator=(const FileSet&) = delete;
    ~FileSet() {
        for (const auto& path : created_) {
            std::error_code problem;
            std::filesystem::remove(path, problem);
        }
    }

private:
    std::vector<std::filesystem::path> created_;
};

void append_obj_vertices(fmt::memory_buffer& text, const TriangleMesh& mesh) {
    auto out = std::back_inserter(text);
    for (std::size_t i = 0; i < mesh.vertices.size(); ++i) {
        const Eigen::Vector3f& v = mesh.vertices[i];
        fmt::format_to(out, "v {} {} {}", v.x(), v.y(), v.z());
        if (!mesh.vertex_colours.empty()) {
            const Eigen::Vector3f& c = mesh.vertex_colours[i];
            fmt::format_to(out, " {} {} {}", c.x(), c.y(), c.z());
        }
        fmt::format_to(out, "\n");
    }
    for (const Eigen::Vector3f& n : mesh.vertex_normals) {
        fmt::format_to(out, "vn {} {} {}\n", n.x(), n.y(), n.z());
    }
    for (const auto& uvs : mesh.triangle_uvs) {
        for (const Eigen::Vector2f& uv : uvs) {
            fmt::format_to(out, "vt {} {}\n", uv.x(), uv.y());
        }
    }
}

void append_obj_faces(fmt::memory_buffer& text, const TriangleMesh& mesh, const std::vector<std::string>& names) {
    auto out = std::back_inserter(text);
    int current = -1;
    for (std::size_t i = 0; i < mesh.triangles.size(); ++i) {
        const int material = mesh.material_ids.empty() ? -1 : mesh.material_ids[i];
        if (material != current) {
            fmt::format_to(out, "usemtl {}\n", material < 0 ? "none" : names[material]);
            current = material;
        }
        fmt::format_to(out, "f");
        for (int k = 0; k < 3; ++k) {
            const int vertex = mesh.triangles[i][k] + 1;
            fmt::format_to(out, " {}", vertex);
            if (!mesh.triangle_uvs.empty()) {
                fmt::format_to(out, "/{}", 3 * i + k + 1);
            }
            if (!mesh.vertex_normals.empty()) {
                fmt::format_to(out, "{}{}", mesh.triangle_uvs.empty() ? "//" : "/", vertex);
            }
        }
        fmt::format_to(out, "\n");
    }
}

}  // namespace

void write_obj(const std::filesystem::path& path, const TriangleMesh& mesh) {
    const std::vector<std::string> names = distinct_material_names(mesh.materials);
    const std::string stem = path.stem().string();
    FileSet files;
    fmt::memory_buffer text;
    auto out = std::back_inserter(text);
    fmt::format_to(out, "# Maquette: {} vertices, {} triangles\n", mesh.vertices.size(), mesh.triangles.size());
    if (!mesh.materials.empty()) {
        std::string library;
        for (std::size_t i = 0; i < mesh.materials.size(); ++i) {
            const Material& material = mesh.materials[i];
            const Eigen::Vector3f& colour = material.base_colour;
            library += fmt::format("newmtl {}\nKd {} {} {}\nd {}\n", names[i], colour.x(), colour.y(), colour.z(),
                                   material.opacity);
            if (material.base_colour_texture && !mesh.triangle_uvs.empty()) {
                const std::string picture = fmt::format("{}_{}.png", stem, i);
                files.write(path.parent_path() / picture, encode_png(*material.base_colour_texture));
                library += fmt::format("map_Kd {}\n", picture);
            }
        }
        files.write(std::filesystem::path(path).replace_extension(".mtl"), library);
        fmt::format_to(out, "mtllib {}.mtl\n", stem);
    }
    append_obj_vertices(text, mesh);
    append_obj_faces(text, mesh, names);
    files.write(path, {text.data(), text.size()});
    files.keep();
}

void write_ply(const std::filesystem::path& path, const TriangleMesh& mesh, const VertexFacts& facts) {
    const bool normals = !mesh.vertex_normals.empty();
    const bool colours = !mesh.vertex_colours.empty();
    std::string bytes = fmt::format(
        "ply\nformat binary_little_endian 1.0\ncomment Maquette\nelement vertex {}\nproperty float x\n"
        "property float y\nproperty float z\n{}{}{}{}{}element face {}\nproperty list uchar int "
        "vertex_indices\nend_header\n",
        mesh.vertices.size(), normals ? "property float nx\nproperty float ny\nproperty float nz\n" : "",
        colours ? "property uchar red\nproperty uchar green\nproperty uchar blue\n" : "",
        facts.confidence.empty() ? "" : "property float confidence\n",
        facts.prior_position.empty() ? "" : "property float prior_x\nproperty float prior_y\nproperty float prior_z\n",
        facts.part.empty() ? "" : "property int part\n", mesh.triangles.size());
    bytes.reserve(bytes.size() + 47 * mesh.vertices.size() + 13 * mesh.triangles.size());
    for (std::size_t i = 0; i < mesh.vertices.size(); ++i) {
        append(bytes, mesh.vertices[i]);
        if (normals) {
            append(bytes, mesh.vertex_normals[i]);
        }
        if (colours) {
            for (const float channel : mesh.vertex_colours[i]) {
                append(bytes, to_byte(channel));
            }
        }
        if (!facts.confidence.empty()) {
            append(bytes, facts.confidence[i]);
        }
        if (!facts.prior_position.empty()) {
            append(bytes, facts.prior_position[i]);
        }
        if (!facts.part.empty()) {
            append(bytes, static_cast<std::int32_t>(facts.part[i]));
        }
    }
    for (const Eigen::Vector3i& triangle : mesh.triangles) {
        append(bytes, std::uint8_t{3});
        for (const int corner : triangle) {
            append(bytes, static_cast<std::int32_t>(corner));
        }
    }
    write_file_atomically(path, bytes);
}

void write_stl(const std::filesystem::path& path, const TriangleMesh& mesh) {
    constexpr std::size_t header_size = 80;
    std::string bytes = "Maquette, binary STL";
    bytes.resize(header_size, ' ');
    bytes.reserve(header_size + 4 + 50 * mesh.triangles.size());
    append(bytes, static_cast<std::uint32_t>(mesh.triangles.size()));
    for (const Eigen::Vector3i& triangle : mesh.triangles) {
        const Eigen::Vector3f& a = mesh.vertices[triangle[0]];
        const Eigen::Vector3f& b = mesh.vertices[triangle[1]];
        const Eigen::Vector3f& c = mesh.vertices[triangle[2]];
        const Eigen::Vector3d normal = (b - a).cast<double>().cross((c - a).cast<double>()).stableNormalized();
        append(bytes, Eigen::Vector3f(normal.cast<float>()));
        for (const Eigen::Vector3f* corner : {&a, &b, &c}) {
            append(bytes, *corner);
        }
        append(bytes, std::uint16_t{0});
    }
    write_file_atomically(path, bytes);
}

}  // namespace maquette::render
