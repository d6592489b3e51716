#include <fmt/format.h>
#include <tiny_gltf.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <map>
#include <tuple>
#include <utility>

#include "render/colour_space.h"
#include "render/error.h"
#include "render/io/gltf_accessor.h"
#include "render/io/image_io.h"
#include "render/io/mesh_formats.h"

namespace maquette::render {
namespace {

constexpr int max_json_depth = 128;
constexpr int max_node_depth = 1000;

/// Brackets outside strings; tinygltf walks `extras` recursively, which a deep file would turn into a stack overflow.
void check_json_depth(std::string_view json, const std::string& what) {
    int depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (in_string) {
            i += c == '\\' ? 1 : 0;
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > max_json_depth) {
                throw InputError(fmt::format("{}: JSON is nested deeper than {} levels", what, max_json_depth));
            }
        } else if (c == '}' || c == ']') {
            --depth;
        }
    }
}

std::string_view json_of_glb(std::string_view bytes) {
    constexpr std::size_t json_begin = 20;
    std::uint32_t length = 0;
    if (bytes.size() < json_begin) {
        return {};
    }
    std::memcpy(&length, bytes.data() + 12, sizeof(length));
    return bytes.substr(json_begin, length);
}

// tinygltf's file access, led to the caller's ResourceReader. Names arrive joined to the base folder ".".
std::string resource_name(const std::string& joined) {
    return joined.starts_with("./") ? joined.substr(2) : joined;
}

bool resource_exists(const std::string& name, void* user) {
    return (*static_cast<const ResourceReader*>(user))(resource_name(name)).has_value();
}

std::string unexpanded(const std::string& name, void* /*user*/) {
    return name;
}

bool read_resource(std::vector<unsigned char>* out, std::string* error, const std::string& name, void* user) {
    const auto bytes = (*static_cast<const ResourceReader*>(user))(resource_name(name));
    if (!bytes) {
        *error += "cannot be opened: " + name;
        return false;
    }
    out->assign(bytes->begin(), bytes->end());
    return true;
}

/// Keeps the encoded bytes. Those of a buffer view are not touched: tinygltf has not checked that they exist.
bool keep_image(tinygltf::Image* image, const int /*index*/, std::string* /*error*/, std::string* /*warning*/,
                int /*width*/, int /*height*/, const unsigned char* bytes, int size, void* /*user*/) {
    if (image->bufferView < 0 && bytes != nullptr && size > 0) {
        image->image.assign(bytes, bytes + size);
    }
    return true;
}

tinygltf::Model load_model(std::string_view bytes, const std::string& what, const ResourceReader& resources) {
    const bool is_binary = bytes.starts_with("glTF");
    check_json_depth(is_binary ? json_of_glb(bytes) : bytes, what);
    tinygltf::Model model;
    tinygltf::TinyGLTF loader;
    ResourceReader reader = resources ? resources : [](const std::string&) { return std::optional<std::string>(); };
    loader.SetFsCallbacks({resource_exists, unexpanded, read_resource, nullptr, &reader});
    loader.SetImageLoader(keep_image, nullptr);
    std::string errors;
    std::string warnings;
    bool loaded = false;
    try {
        const auto size = static_cast<unsigned>(bytes.size());
        loaded = is_binary
                     ? loader.LoadBinaryFromMemory(&model, &errors, &warnings,
                                                   reinterpret_cast<const unsigned char*>(bytes.data()), size, ".")
                     : loader.LoadASCIIFromString(&model, &errors, &warnings, bytes.data(), size, ".");
    } catch (const std::exception& problem) {
        errors += problem.what();
    }
    if (!loaded) {
        std::replace(errors.begin(), errors.end(), '\n', ' ');
        throw InputError(fmt::format("{}: not a glTF that can be read: {}", what, errors.substr(0, 400)));
    }
    return model;
}

Eigen::Affine3d parent_from_node(const tinygltf::Node& node, int index, const std::string& what) {
    const auto require = [&](const std::vector<double>& values, std::size_t count, const char* name) {
        if (!values.empty() && values.size() != count) {
            throw InputError(
                fmt::format("{}: node {} has {} values for {}, not {}", what, index, values.size(), name, count));
        }
        return !values.empty();
    };
    Eigen::Affine3d result = Eigen::Affine3d::Identity();
    if (require(node.matrix, 16, "matrix")) {
        result.matrix() = Eigen::Map<const Eigen::Matrix4d>(node.matrix.data());
        return result;
    }
    if (require(node.translation, 3, "translation")) {
        result.translate(Eigen::Map<const Eigen::Vector3d>(node.translation.data()));
    }
    if (require(node.rotation, 4, "rotation")) {
        const auto& q = node.rotation;
        const Eigen::Quaterniond rotation(q[3], q[0], q[1], q[2]);
        result.rotate(rotation.norm() > 0 ? rotation.normalized() : Eigen::Quaterniond::Identity());
    }
    if (require(node.scale, 3, "scale")) {
        result.scale(Eigen::Vector3d(Eigen::Map<const Eigen::Vector3d>(node.scale.data())));
    }
    return result;
}

/// Gathers the default scene into one mesh.
class SceneFlattener {
public:
    SceneFlattener(const tinygltf::Model& model, const std::string& what, const MeshLimits& limits)
        : model_(model), what_(what), limits_(limits), visited_(model.nodes.size(), false) {}

    TriangleMesh run() {
        for (const tinygltf::Material& material : model_.materials) {
            mesh_.materials.push_back(read_material(material));
        }
        for (const int node : root_nodes()) {
            add_node(node, Eigen::Affine3d::Identity(), 0);
        }
        if (model_.nodes.empty()) {
            for (const tinygltf::Mesh& mesh : model_.meshes) {
                add_mesh(mesh, Eigen::Affine3d::Identity());
            }
        }
        if (!all_normals_) {
            mesh_.vertex_normals.clear();
        }
        if (!any_colours_) {
            mesh_.vertex_colours.clear();
        }
        if (!any_uvs_) {
            mesh_.triangle_uvs.clear();
        }
        if (mesh_.materials.empty()) {
            mesh_.material_ids.clear();
        }
        return std::move(mesh_);
    }

private:
    [[nodiscard]] std::vector<int> root_nodes() const {
        if (!model_.scenes.empty()) {
            const int scene = std::max(model_.defaultScene, 0);
            if (static_cast<std::size_t>(scene) >= model_.scenes.size()) {
                throw InputError(
                    fmt::format("{}: default scene {} of {} does not exist", what_, scene, model_.scenes.size()));
            }
            return model_.scenes[static_cast<std::size_t>(scene)].nodes;
        }
        std::vector<bool> is_child(model_.nodes.size(), false);
        for (const tinygltf::Node& node : model_.nodes) {
            for (const int child : node.children) {
                if (child >= 0 && static_cast<std::size_t>(child) < is_child.size()) {
                    is_child[static_cast<std::size_t>(child)] = true;
                }
            }
        }
        std::vector<int> roots;
        for (std::size_t i = 0; i < is_child.size(); ++i) {
            if (!is_child[i]) {
                roots.push_back(static_cast<int>(i));
            }
        }
        return roots;
    }

    void add_node(int index, const Eigen::Affine3d& scene_from_parent, int depth) {
        if (index < 0 || static_cast<std::size_t>(index) >= model_.nodes.size()) {
            throw InputError(fmt::format("{}: node {} of {} does not exist", what_, index, model_.nodes.size()));
        }
        if (visited_[static_cast<std::size_t>(index)] || depth > max_node_depth) {
            throw InputError(
                fmt::format("{}: node {} is reached twice or nested too deeply; nodes must form a tree", what_, index));
        }
        visited_[static_cast<std::size_t>(index)] = true;
        const tinygltf::Node& node = model_.nodes[static_cast<std::size_t>(index)];
        const Eigen::Affine3d scene_from_node = scene_from_parent * parent_from_node(node, index, what_);
        if (node.mesh >= 0) {
            if (static_cast<std::size_t>(node.mesh) >= model_.meshes.size()) {
                throw InputError(
                    fmt::format("{}: node {} names mesh {} of {}", what_, index, node.mesh, model_.meshes.size()));
            }
            add_mesh(model_.meshes[static_cast<std::size_t>(node.mesh)], scene_from_node);
        }
        for (const int child : node.children) {
            add_node(child, scene_from_node, depth + 1);
        }
    }

    void add_mesh(const tinygltf::Mesh& mesh, const Eigen::Affine3d& scene_from_mesh) {
        shared_vertices_.clear();
        for (const tinygltf::Primitive& primitive : mesh.primitives) {
            const int mode = primitive.mode < 0 ? TINYGLTF_MODE_TRIANGLES : primitive.mode;
            if (mode >= TINYGLTF_MODE_TRIANGLES && mode <= TINYGLTF_MODE_TRIANGLE_FAN) {
                add_primitive(primitive, mode, scene_from_mesh);
            }
        }
    }

    static int attribute(const tinygltf::Primitive& primitive, const char* name) {
        const auto found = primitive.attributes.find(name);
        return found == primitive.attributes.end() ? -1 : found->second;
    }

    [[nodiscard]] GltfAccessor accessor(int index, std::size_t count, int least_components, const char* name) const {
        GltfAccessor result(model_, index, limits_.max_vertices, what_);
        if (result.count() != count || result.components() < least_components) {
            throw InputError(fmt::format("{}: {} has {} elements of {} components; {} of {} are needed", what_, name,
                                         result.count(), result.components(), count, least_components));
        }
        return result;
    }

    /// Primitives of one mesh that differ in material only share their vertices. Returns the first vertex's index.
    int add_vertices(const tinygltf::Primitive& primitive, std::size_t count, const Eigen::Affine3d& scene_from_mesh) {
        const std::tuple key(attribute(primitive, "POSITION"), attribute(primitive, "NORMAL"),
                             attribute(primitive, "COLOR_0"));
        const auto [place, added] = shared_vertices_.try_emplace(key, static_cast<int>(mesh_.vertices.size()));
        if (!added) {
            return place->second;
        }
        const auto [position, normal, colour] = key;
        if (mesh_.vertices.size() + count > limits_.max_vertices) {
            throw InputError(fmt::format("{}: more than {} vertices, the limit; simplify the mesh first", what_,
                                         limits_.max_vertices));
        }
        TriangleMesh part;
        part.vertices = vectors(accessor(position, count, 3, "POSITION"));
        part.vertex_normals = normal < 0 ? std::vector<Eigen::Vector3f>(count, Eigen::Vector3f::Zero())
                                         : vectors(accessor(normal, count, 3, "NORMAL"));
        part.transform(scene_from_mesh.cast<float>());
        std::vector<Eigen::Vector3f> colours(count, Eigen::Vector3f::Ones());
        if (colour >= 0) {
            colours = vectors(accessor(colour, count, 3, "COLOR_0"));
            for (Eigen::Vector3f& each : colours) {
                each = each.allFinite() ? each.unaryExpr([](float v) { return srgb_from_linear(v); }).eval()
                                        : Eigen::Vector3f::Ones().eval();
            }
        }
        const auto extend = [](auto& target, const auto& source) {
            target.insert(target.end(), source.begin(), source.end());
        };
        extend(mesh_.vertices, part.vertices);
        extend(mesh_.vertex_normals, part.vertex_normals);
        extend(mesh_.vertex_colours, colours);
        all_normals_ = all_normals_ && normal >= 0;
        any_colours_ = any_colours_ || colour >= 0;
        return place->second;
    }

    static std::vector<Eigen::Vector3f> vectors(const GltfAccessor& source) {
        std::vector<Eigen::Vector3f> result;
        result.reserve(source.count());
        for (std::size_t i = 0; i < source.count(); ++i) {
            result.emplace_back(source.value(i, 0), source.value(i, 1), source.value(i, 2));
        }
        return result;
    }

    [[nodiscard]] std::vector<int> corner_indices(const tinygltf::Primitive& primitive, std::size_t vertices) const {
        std::vector<int> corners;
        if (primitive.indices < 0) {
            corners.resize(vertices);
            for (std::size_t i = 0; i < vertices; ++i) {
                corners[i] = static_cast<int>(i);
            }
            return corners;
        }
        const GltfAccessor indices(model_, primitive.indices, 3 * limits_.max_triangles, what_);
        corners.reserve(indices.count());
        for (std::size_t i = 0; i < indices.count(); ++i) {
            const std::uint32_t index = indices.index(i);
            if (index >= vertices) {
                throw InputError(fmt::format("{}: index {} names vertex {} of {}", what_, i, index, vertices));
            }
            corners.push_back(static_cast<int>(index));
        }
        return corners;
    }

    void add_primitive(const tinygltf::Primitive& primitive, int mode, const Eigen::Affine3d& scene_from_mesh) {
        const GltfAccessor positions(model_, attribute(primitive, "POSITION"), limits_.max_vertices, what_);
        const std::size_t count = positions.count();
        const int offset = add_vertices(primitive, count, scene_from_mesh);
        const std::vector<int> corners = corner_indices(primitive, count);
        const std::vector<Eigen::Vector2f> uvs = texture_coordinates(primitive, count);
        const bool mirrored = scene_from_mesh.linear().determinant() < 0;
        const bool is_list = mode == TINYGLTF_MODE_TRIANGLES;
        for (std::size_t i = 0; i + 2 < corners.size(); i += is_list ? 3 : 1) {
            std::array<int, 3> t = {corners[mode == TINYGLTF_MODE_TRIANGLE_FAN ? 0 : i], corners[i + 1],
                                    corners[i + 2]};
            if (mirrored != (mode == TINYGLTF_MODE_TRIANGLE_STRIP && i % 2 == 1)) {
                std::swap(t[1], t[2]);
            }
            if (t[0] != t[1] && t[1] != t[2] && t[2] != t[0]) {
                add_triangle(t, offset, uvs, primitive.material);
            }
        }
    }

    void add_triangle(const std::array<int, 3>& corners, int offset, const std::vector<Eigen::Vector2f>& uvs,
                      int material) {
        if (mesh_.triangles.size() >= limits_.max_triangles) {
            throw InputError(fmt::format("{}: more than {} triangles, the limit; simplify the mesh first", what_,
                                         limits_.max_triangles));
        }
        mesh_.triangles.emplace_back(corners[0] + offset, corners[1] + offset, corners[2] + offset);
        const bool known = material >= 0 && static_cast<std::size_t>(material) < mesh_.materials.size();
        mesh_.material_ids.push_back(known ? material : -1);
        std::array<Eigen::Vector2f, 3> of_corners;
        for (std::size_t k = 0; k < 3; ++k) {
            of_corners[k] = uvs.empty() ? Eigen::Vector2f(0, 0) : uvs[static_cast<std::size_t>(corners[k])];
        }
        mesh_.triangle_uvs.push_back(of_corners);
    }

    /// glTF counts v from the top.
    std::vector<Eigen::Vector2f> texture_coordinates(const tinygltf::Primitive& primitive, std::size_t count) {
        const bool known =
            primitive.material >= 0 && static_cast<std::size_t>(primitive.material) < mesh_.materials.size();
        const int set = known ? model_.materials[static_cast<std::size_t>(primitive.material)]
                                    .pbrMetallicRoughness.baseColorTexture.texCoord
                              : 0;
        const int index = attribute(primitive, fmt::format("TEXCOORD_{}", set).c_str());
        if (index < 0) {
            return {};
        }
        const GltfAccessor source = accessor(index, count, 2, "TEXCOORD");
        std::vector<Eigen::Vector2f> uvs;
        uvs.reserve(count);
        for (std::size_t i = 0; i < count; ++i) {
            const Eigen::Vector2f uv(source.value(i, 0), 1 - source.value(i, 1));
            uvs.push_back(uv.allFinite() ? uv : Eigen::Vector2f(0, 0));
        }
        any_uvs_ = true;
        return uvs;
    }

    Material read_material(const tinygltf::Material& source) {
        Material material;
        material.name = source.name;
        const std::vector<double>& factor = source.pbrMetallicRoughness.baseColorFactor;
        material.base_colour.setOnes();
        for (int i = 0; i < 3 && factor.size() >= 3; ++i) {
            const auto value = static_cast<float>(factor[i]);
            material.base_colour[i] = std::isfinite(value) ? srgb_from_linear(value) : 1.0F;
        }
        if (factor.size() >= 4 && source.alphaMode != "OPAQUE" && std::isfinite(factor[3])) {
            material.opacity = static_cast<float>(std::clamp(factor[3], 0.0, 1.0));
        }
        const int texture = source.pbrMetallicRoughness.baseColorTexture.index;
        if (texture >= 0 && static_cast<std::size_t>(texture) < model_.textures.size()) {
            material.base_colour_texture = read_image(model_.textures[static_cast<std::size_t>(texture)].source);
        }
        return material;
    }

    std::shared_ptr<const Image> read_image(int index) {
        if (index < 0 || static_cast<std::size_t>(index) >= model_.images.size()) {
            return nullptr;
        }
        const auto [place, added] = images_.try_emplace(index);
        if (!added) {
            return place->second;
        }
        const tinygltf::Image& image = model_.images[static_cast<std::size_t>(index)];
        GltfBytes bytes{image.image.data(), image.image.size()};
        if (image.bufferView >= 0) {
            bytes = gltf_view_bytes(model_, image.bufferView, what_);
        }
        try {
            place->second = std::make_shared<const Image>(decode_image(
                {reinterpret_cast<const char*>(bytes.data), bytes.size}, fmt::format("{}: image {}", what_, index)));
        } catch (const InputError&) {
            // The shape is of use without its picture.
            place->second = nullptr;
        }
        return place->second;
    }

    const tinygltf::Model& model_;
    const std::string& what_;
    const MeshLimits& limits_;
    TriangleMesh mesh_;
    std::vector<bool> visited_;
    std::map<std::tuple<int, int, int>, int> shared_vertices_;
    std::map<int, std::shared_ptr<const Image>> images_;
    bool all_normals_ = true;
    bool any_colours_ = false;
    bool any_uvs_ = false;
};

}  // namespace

TriangleMesh parse_gltf(std::string_view bytes, const std::string& what, const ResourceReader& resources,
                        const MeshLimits& limits) {
    constexpr std::size_t largest_that_tinygltf_counts = 0xFFFFFFFFU;
    if (bytes.size() > std::min(limits.max_file_bytes, largest_that_tinygltf_counts)) {
        throw InputError(
            fmt::format("{}: {} bytes, more than the limit of {}", what, bytes.size(), limits.max_file_bytes));
    }
    const tinygltf::Model model = load_model(bytes, what, resources);
    TriangleMesh mesh = SceneFlattener(model, what, limits).run();
    mesh.validate(what);
    return mesh;
}

}  // namespace maquette::render
