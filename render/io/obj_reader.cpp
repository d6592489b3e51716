#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "render/error.h"
#include "render/io/image_io.h"
#include "render/io/line_scanner.h"
#include "render/io/mesh_io.h"
#include "render/io/mtl_reader.h"

namespace maquette::render {
namespace {

constexpr std::size_t max_face_corners = 16384;
constexpr std::size_t max_material_libraries = 64;

constexpr long long max_forward_index = 1LL << 30;

/// Largest index that was used before its element was defined.
struct ForwardUse {
    long long index = 0;
    std::size_t line = 0;
};

struct Corner {
    int vertex = -1;
    int uv = -1;
    int normal = -1;
};

class ObjParser {
public:
    ObjParser(std::string_view text, const std::string& what, const ResourceReader& resources, const MeshLimits& limits)
        : scanner_(text), what_(what), resources_(resources), limits_(limits) {}

    TriangleMesh run() {
        while (scanner_.next_line()) {
            const std::string_view keyword = scanner_.word();
            if (keyword == "v") {
                read_vertex();
            } else if (keyword == "vt") {
                read_uv();
            } else if (keyword == "vn") {
                read_normal();
            } else if (keyword == "f" || keyword == "fo") {
                read_face();
            } else if (keyword == "usemtl") {
                use_material(std::string(scanner_.rest()));
            } else if (keyword == "mtllib") {
                note_material_libraries(scanner_.rest());
            }
        }
        if (mesh_.triangles.empty()) {
            throw InputError(fmt::format("{}: the OBJ holds no faces ({} vertices); a mesh needs `f` lines", what_,
                                         mesh_.vertices.size()));
        }
        check_forward_use(forward_uv_, uvs_.size(), "texture coordinate");
        check_forward_use(forward_normal_, normals_.size(), "normal");
        finish_colours();
        finish_normals();
        finish_uvs();
        finish_materials();
        return std::move(mesh_);
    }

private:
    [[noreturn]] void fail(const std::string& problem) const {
        throw InputError(fmt::format("{}: line {}: {}", what_, scanner_.line(), problem));
    }

    [[nodiscard]] float coordinate(std::string_view word, std::string_view kind) const {
        const std::optional<double> number = parse_number(word);
        if (!number) {
            fail(word.empty()
                     ? fmt::format("{} has too few coordinates", kind)
                     : fmt::format("{} has the coordinate `{}`, which is not a number", kind, word.substr(0, 40)));
        }
        const auto value = static_cast<float>(*number);
        if (!std::isfinite(value)) {
            fail(fmt::format("{} has the coordinate `{}`, which is not a finite 32-bit number", kind,
                             word.substr(0, 40)));
        }
        return value;
    }

    void check_count(std::size_t count, std::size_t limit, std::string_view kind) const {
        if (count >= limit) {
            fail(fmt::format("more than {} {}, the limit; simplify the mesh first", limit, kind));
        }
    }

    void read_vertex() {
        check_count(mesh_.vertices.size(), limits_.max_vertices, "vertices");
        Eigen::Vector3f position;
        for (int i = 0; i < 3; ++i) {
            position[i] = coordinate(scanner_.word(), "vertex");
        }
        mesh_.vertices.push_back(position);
        std::array<float, 4> extra{};
        std::size_t count = 0;
        for (std::string_view word = scanner_.word(); !word.empty() && count < extra.size(); word = scanner_.word()) {
            extra[count++] = coordinate(word, "vertex");
        }
        // x y z r g b, or x y z w r g b.
        if (count >= 3) {
            mesh_.vertex_colours.resize(mesh_.vertices.size() - 1, Material{}.base_colour);
            mesh_.vertex_colours.emplace_back(extra[count - 3], extra[count - 2], extra[count - 1]);
        }
    }

    void read_uv() {
        check_count(uvs_.size(), texture_limit(), "texture coordinates");
        const float u = coordinate(scanner_.word(), "texture coordinate");
        const std::string_view word = scanner_.word();
        uvs_.emplace_back(u, word.empty() ? 0.0F : coordinate(word, "texture coordinate"));
    }

    void read_normal() {
        check_count(normals_.size(), texture_limit(), "normals");
        Eigen::Vector3f normal;
        for (int i = 0; i < 3; ++i) {
            normal[i] = static_cast<float>(parse_number(scanner_.word()).value_or(0));
        }
        // Exporters write NaN normals for degenerate faces; the positions are what counts.
        normals_.push_back(normal.allFinite() ? normal : Eigen::Vector3f::Zero());
    }

    /// Attributes may differ at each corner of each triangle.
    [[nodiscard]] std::size_t texture_limit() const {
        return std::max(limits_.max_vertices, 3 * limits_.max_triangles);
    }

    /// last_use: null when the element must already be defined.
    int read_index(std::string_view digits, std::size_t count, std::string_view kind, ForwardUse* last_use) const {
        long long index = 0;
        const char* end = digits.data() + digits.size();
        const auto [stop, problem] = std::from_chars(digits.data(), end, index);
        const auto size = static_cast<long long>(count);
        if (problem == std::errc::invalid_argument || stop != end) {
            fail(fmt::format("face names {} `{}`, which is not an index", kind, digits.substr(0, 40)));
        }
        const bool fits = problem == std::errc{} && index != 0 && index <= size && index >= -size;
        if (!fits && last_use != nullptr && problem == std::errc{} && index > 0 && index < max_forward_index) {
            // Some exporters write the faces of a group before its texture coordinates; judged at the end.
            if (index > last_use->index) {
                *last_use = {index, scanner_.line()};
            }
            return static_cast<int>(index - 1);
        }
        if (!fits) {
            fail(fmt::format("face names {} {}, but {} {} so far (indices start at 1)", kind, digits.substr(0, 40),
                             count, count == 1 ? "is defined" : "are defined"));
        }
        return static_cast<int>(index > 0 ? index - 1 : size + index);
    }

    void check_forward_use(const ForwardUse& use, std::size_t count, std::string_view kind) const {
        if (use.index > static_cast<long long>(count)) {
            throw InputError(fmt::format("{}: line {}: face names {} {}, but the file defines {} (indices start at 1)",
                                         what_, use.line, kind, use.index, count));
        }
    }

    Corner read_corner(std::string_view word) {
        std::array<std::string_view, 3> parts;
        std::size_t count = 0;
        while (count < parts.size()) {
            const std::size_t slash = word.find('/');
            parts[count++] = word.substr(0, slash);
            if (slash == std::string_view::npos) {
                break;
            }
            word.remove_prefix(slash + 1);
        }
        Corner corner;
        corner.vertex = read_index(parts[0], mesh_.vertices.size(), "vertex", nullptr);
        if (!parts[1].empty()) {
            corner.uv = read_index(parts[1], uvs_.size(), "texture coordinate", &forward_uv_);
        }
        if (!parts[2].empty()) {
            corner.normal = read_index(parts[2], normals_.size(), "normal", &forward_normal_);
        }
        return corner;
    }

    void read_face() {
        corners_.clear();
        positions_.clear();
        for (std::string_view word = scanner_.word(); !word.empty(); word = scanner_.word()) {
            if (corners_.size() >= max_face_corners) {
                fail(fmt::format("face has more than {} corners, the limit; triangulate the mesh first",
                                 max_face_corners));
            }
            corners_.push_back(read_corner(word));
            positions_.push_back(mesh_.vertices[corners_.back().vertex]);
        }
        if (corners_.size() == 3) {
            add_triangle({0, 1, 2});
            return;
        }
        for (const Eigen::Vector3i& triangle : triangulate_polygon(positions_)) {
            add_triangle(triangle);
        }
    }

    void add_triangle(const Eigen::Vector3i& of_corners) {
        const Corner& a = corners_[of_corners[0]];
        const Corner& b = corners_[of_corners[1]];
        const Corner& c = corners_[of_corners[2]];
        if (a.vertex == b.vertex || b.vertex == c.vertex || c.vertex == a.vertex) {
            return;
        }
        check_count(mesh_.triangles.size(), limits_.max_triangles, "triangles");
        mesh_.triangles.emplace_back(a.vertex, b.vertex, c.vertex);
        mesh_.material_ids.push_back(current_material_);
        uv_indices_.emplace_back(a.uv, b.uv, c.uv);
        any_uv_ = any_uv_ || a.uv >= 0 || b.uv >= 0 || c.uv >= 0;
        for (const Corner* corner : {&a, &b, &c}) {
            note_normal(*corner);
        }
    }

    /// A vertex has one normal in TriangleMesh; when a corner brings another (a hard edge), the file's normals go.
    void note_normal(const Corner& corner) {
        if (normals_differ_) {
            return;
        }
        if (corner.normal < 0 || corner.normal >= static_cast<int>(normals_.size())) {
            normals_differ_ = true;
            return;
        }
        if (normal_of_vertex_.size() < mesh_.vertices.size()) {
            normal_of_vertex_.resize(mesh_.vertices.size(), -1);
        }
        int& known = normal_of_vertex_[corner.vertex];
        if (known < 0) {
            known = corner.normal;
        }
        normals_differ_ = known != corner.normal && !normals_[known].isApprox(normals_[corner.normal], 1e-4F);
    }

    void finish_uvs() {
        if (!any_uv_) {
            return;
        }
        const auto uv = [&](int index) -> Eigen::Vector2f { return index < 0 ? Eigen::Vector2f(0, 0) : uvs_[index]; };
        mesh_.triangle_uvs.reserve(uv_indices_.size());
        for (const Eigen::Vector3i& indices : uv_indices_) {
            mesh_.triangle_uvs.push_back({uv(indices[0]), uv(indices[1]), uv(indices[2])});
        }
    }

    void finish_normals() {
        if (normals_differ_ || normal_of_vertex_.size() != mesh_.vertices.size()) {
            return;
        }
        std::vector<Eigen::Vector3f> result;
        result.reserve(normal_of_vertex_.size());
        for (const int index : normal_of_vertex_) {
            if (index < 0 || !(normals_[index].stableNorm() > 0)) {
                return;
            }
            result.push_back(normals_[index].stableNormalized());
        }
        mesh_.vertex_normals = std::move(result);
    }

    void finish_colours() {
        if (mesh_.vertex_colours.empty()) {
            return;
        }
        mesh_.vertex_colours.resize(mesh_.vertices.size(), Material{}.base_colour);
        const bool in_bytes = std::any_of(mesh_.vertex_colours.begin(), mesh_.vertex_colours.end(),
                                          [](const Eigen::Vector3f& colour) { return colour.maxCoeff() > 1.5F; });
        for (Eigen::Vector3f& colour : mesh_.vertex_colours) {
            colour = (in_bytes ? Eigen::Vector3f(colour / 255) : colour).cwiseMax(0.0F).cwiseMin(1.0F);
        }
    }

    void use_material(std::string name) {
        const auto [place, added] = material_of_name_.try_emplace(std::move(name), mesh_.materials.size());
        if (added) {
            Material material;
            material.name = place->first;
            mesh_.materials.push_back(std::move(material));
        }
        current_material_ = static_cast<int>(place->second);
    }

    void note_material_libraries(std::string_view names) {
        if (material_libraries_.size() < max_material_libraries) {
            material_libraries_.insert(std::string(names));
        }
    }

    void read_material_library(const std::string& names, std::unordered_map<std::string, MtlMaterial>& found) {
        if (const auto text = resources_(portable_name(names))) {
            parse_mtl(*text, found);
            return;
        }
        LineScanner words(names);
        for (std::string_view word = words.word(); !word.empty(); word = words.word()) {
            if (const auto text = word.size() < names.size() ? resources_(portable_name(word)) : std::nullopt) {
                parse_mtl(*text, found);
            }
        }
    }

    std::shared_ptr<const Image> read_texture(const std::string& name) {
        const auto [place, added] = textures_.try_emplace(name);
        if (added) {
            try {
                if (const auto bytes = resources_(name)) {
                    place->second = std::make_shared<const Image>(decode_image(*bytes, name));
                }
            } catch (const InputError&) {
                // The shape is of use without its picture.
                place->second = nullptr;
            }
        }
        return place->second;
    }

    void finish_materials() {
        if (mesh_.materials.empty()) {
            mesh_.material_ids.clear();
            return;
        }
        std::unordered_map<std::string, MtlMaterial> found;
        if (resources_) {
            for (const std::string& names : material_libraries_) {
                read_material_library(names, found);
            }
        }
        std::vector<const MtlMaterial*> source(mesh_.materials.size(), nullptr);
        for (std::size_t i = 0; i < mesh_.materials.size(); ++i) {
            Material& material = mesh_.materials[i];
            const auto place = found.find(material.name);
            if (place == found.end()) {
                continue;
            }
            source[i] = &place->second;
            material = place->second.material;
            if (!place->second.texture.empty() && any_uv_) {
                material.base_colour_texture = read_texture(place->second.texture);
                // Beside a texture Kd is an exporter's default (0, 0.64, 0.8): multiplied, it would darken or blacken.
                if (material.base_colour_texture) {
                    material.base_colour.setOnes();
                }
            }
        }
        for (std::size_t i = 0; i < mesh_.triangles.size(); ++i) {
            const int id = mesh_.material_ids[i];
            if (any_uv_ && id >= 0 && source[id] != nullptr) {
                for (Eigen::Vector2f& uv : mesh_.triangle_uvs[i]) {
                    const Eigen::Vector2f moved =
                        uv.cwiseProduct(source[id]->texture_scale) + source[id]->texture_offset;
                    uv = moved.allFinite() ? moved : uv;
                }
            }
        }
    }

    LineScanner scanner_;
    const std::string& what_;
    const ResourceReader& resources_;
    const MeshLimits& limits_;
    TriangleMesh mesh_;
    std::vector<Eigen::Vector2f> uvs_;
    std::vector<Eigen::Vector3f> normals_;
    std::vector<Eigen::Vector3i> uv_indices_;
    std::vector<int> normal_of_vertex_;
    std::vector<Corner> corners_;
    std::vector<Eigen::Vector3f> positions_;
    std::map<std::string, std::size_t> material_of_name_;
    std::set<std::string> material_libraries_;
    std::map<std::string, std::shared_ptr<const Image>> textures_;
    ForwardUse forward_uv_;
    ForwardUse forward_normal_;
    int current_material_ = -1;
    bool any_uv_ = false;
    bool normals_differ_ = false;
};

}  // namespace

TriangleMesh parse_obj(std::string_view text, const std::string& what, const ResourceReader& resources,
                       const MeshLimits& limits) {
    if (text.size() > limits.max_file_bytes) {
        throw InputError(
            fmt::format("{}: {} bytes, more than the limit of {}", what, text.size(), limits.max_file_bytes));
    }
    TriangleMesh mesh = ObjParser(text, what, resources, limits).run();
    mesh.validate(what);
    return mesh;
}

}  // namespace maquette::render
