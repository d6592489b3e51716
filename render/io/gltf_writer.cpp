#include <fmt/format.h>
#include <tiny_gltf.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <unordered_map>
#include <utility>

#include "render/colour_space.h"
#include "render/error.h"
#include "render/io/atomic_file.h"
#include "render/io/image_io.h"
#include "render/io/mesh_formats.h"

namespace maquette::render {
namespace {

/// Vertices as glTF has them: one uv each, so that those on a seam appear once a side.
struct GltfVertices {
    std::vector<int> source;           ///< index of the mesh's vertex
    std::vector<Eigen::Vector2f> uvs;  ///< or empty
    std::vector<Eigen::Vector3i> triangles;
};

GltfVertices vertices_without_uvs(const TriangleMesh& mesh) {
    GltfVertices result;
    result.source.resize(mesh.vertices.size());
    for (std::size_t i = 0; i < result.source.size(); ++i) {
        result.source[i] = static_cast<int>(i);
    }
    result.triangles = mesh.triangles;
    return result;
}

GltfVertices vertices_split_at_seams(const TriangleMesh& mesh) {
    GltfVertices result;
    std::vector<std::vector<int>> copies(mesh.vertices.size());
    for (std::size_t i = 0; i < mesh.triangles.size(); ++i) {
        Eigen::Vector3i triangle;
        for (int k = 0; k < 3; ++k) {
            const int vertex = mesh.triangles[i][k];
            const Eigen::Vector2f& uv = mesh.triangle_uvs[i][static_cast<std::size_t>(k)];
            std::vector<int>& known = copies[vertex];
            auto found = std::find_if(known.begin(), known.end(), [&](int copy) { return result.uvs[copy] == uv; });
            if (found == known.end()) {
                found = known.insert(known.end(), static_cast<int>(result.source.size()));
                result.source.push_back(vertex);
                result.uvs.push_back(uv);
            }
            triangle[k] = *found;
        }
        result.triangles.push_back(triangle);
    }
    return result;
}

class GlbBuilder {
public:
    GlbBuilder(const TriangleMesh& mesh, const VertexFacts& facts) : mesh_(mesh), facts_(facts) {
        textured_ = !mesh.triangle_uvs.empty() &&
                    std::any_of(mesh.materials.begin(), mesh.materials.end(),
                                [](const Material& material) { return material.base_colour_texture != nullptr; });
        vertices_ = textured_ ? vertices_split_at_seams(mesh) : vertices_without_uvs(mesh);
        coloured_ = !mesh.vertex_colours.empty();
    }

    tinygltf::Model run() {
        model_.asset.generator = "Maquette";
        model_.buffers.emplace_back();
        tinygltf::Primitive primitive;
        primitive.mode = TINYGLTF_MODE_TRIANGLES;
        add_attributes(primitive);
        tinygltf::Mesh mesh;
        for (const auto& [material, corners] : corners_by_material()) {
            primitive.indices = add_indices(corners);
            primitive.material = add_material(material);
            mesh.primitives.push_back(primitive);
        }
        model_.meshes.push_back(std::move(mesh));
        tinygltf::Node node;
        node.mesh = 0;
        model_.nodes.push_back(std::move(node));
        tinygltf::Scene scene;
        scene.nodes = {0};
        model_.scenes.push_back(std::move(scene));
        model_.defaultScene = 0;
        return std::move(model_);
    }

private:
    void add_attributes(tinygltf::Primitive& primitive) {
        const auto gathered = [&](std::span<const Eigen::Vector3f> values) {
            std::vector<Eigen::Vector3f> result;
            result.reserve(vertices_.source.size());
            for (const int vertex : vertices_.source) {
                result.push_back(values[static_cast<std::size_t>(vertex)]);
            }
            return result;
        };
        const auto gathered_numbers = [&](const auto& values) {
            std::vector<float> result;
            result.reserve(vertices_.source.size());
            for (const int vertex : vertices_.source) {
                result.push_back(static_cast<float>(values[static_cast<std::size_t>(vertex)]));
            }
            return result;
        };
        const std::vector<Eigen::Vector3f> positions = gathered(mesh_.vertices);
        primitive.attributes["POSITION"] = add_floats(positions, TINYGLTF_TYPE_VEC3);
        set_bounds(model_.accessors.back(), positions);
        if (!mesh_.vertex_normals.empty()) {
            primitive.attributes["NORMAL"] = add_floats(gathered(mesh_.vertex_normals), TINYGLTF_TYPE_VEC3);
        }
        if (coloured_) {
            std::vector<Eigen::Vector3f> colours = gathered(mesh_.vertex_colours);
            for (Eigen::Vector3f& colour : colours) {
                colour = linear_from_srgb(colour);
            }
            primitive.attributes["COLOR_0"] = add_floats(colours, TINYGLTF_TYPE_VEC3);
        }
        if (!facts_.confidence.empty()) {
            primitive.attributes["_CONFIDENCE"] = add_floats(gathered_numbers(facts_.confidence), TINYGLTF_TYPE_SCALAR);
        }
        if (!facts_.prior_position.empty()) {
            primitive.attributes["_PRIOR_POSITION"] = add_floats(gathered(facts_.prior_position), TINYGLTF_TYPE_VEC3);
        }
        if (!facts_.part.empty()) {
            // glTF allows no 32-bit integers here, and shorter ones would have to be padded.
            primitive.attributes["_PART"] = add_floats(gathered_numbers(facts_.part), TINYGLTF_TYPE_SCALAR);
        }
        if (textured_) {
            std::vector<Eigen::Vector2f> uvs = vertices_.uvs;
            for (Eigen::Vector2f& uv : uvs) {
                uv.y() = 1 - uv.y();
            }
            primitive.attributes["TEXCOORD_0"] = add_floats(uvs, TINYGLTF_TYPE_VEC2);
        }
    }

    int add_view(const void* bytes, std::size_t size, int target) {
        std::vector<unsigned char>& data = model_.buffers.front().data;
        data.resize((data.size() + 3) / 4 * 4);
        tinygltf::BufferView view;
        view.buffer = 0;
        view.byteOffset = data.size();
        view.byteLength = size;
        view.target = target;
        const auto* begin = static_cast<const unsigned char*>(bytes);
        data.insert(data.end(), begin, begin + size);
        model_.bufferViews.push_back(std::move(view));
        return static_cast<int>(model_.bufferViews.size()) - 1;
    }

    int add_accessor(int view, int component_type, int type, std::size_t count) {
        tinygltf::Accessor accessor;
        accessor.bufferView = view;
        accessor.byteOffset = 0;
        accessor.componentType = component_type;
        accessor.type = type;
        accessor.count = count;
        model_.accessors.push_back(std::move(accessor));
        return static_cast<int>(model_.accessors.size()) - 1;
    }

    template <typename Value>
    int add_floats(const std::vector<Value>& values, int type) {
        const int view = add_view(values.data(), values.size() * sizeof(Value), TINYGLTF_TARGET_ARRAY_BUFFER);
        return add_accessor(view, TINYGLTF_COMPONENT_TYPE_FLOAT, type, values.size());
    }

    static void set_bounds(tinygltf::Accessor& accessor, const std::vector<Eigen::Vector3f>& positions) {
        Eigen::Vector3f low = positions.front();
        Eigen::Vector3f high = positions.front();
        for (const Eigen::Vector3f& position : positions) {
            low = low.cwiseMin(position);
            high = high.cwiseMax(position);
        }
        accessor.minValues = {low.x(), low.y(), low.z()};
        accessor.maxValues = {high.x(), high.y(), high.z()};
    }

    [[nodiscard]] std::map<int, std::vector<std::uint32_t>> corners_by_material() const {
        std::map<int, std::vector<std::uint32_t>> result;
        for (std::size_t i = 0; i < vertices_.triangles.size(); ++i) {
            auto& corners = result[mesh_.material_ids.empty() ? -1 : mesh_.material_ids[i]];
            for (const int corner : vertices_.triangles[i]) {
                corners.push_back(static_cast<std::uint32_t>(corner));
            }
        }
        return result;
    }

    int add_indices(const std::vector<std::uint32_t>& corners) {
        const int view =
            add_view(corners.data(), corners.size() * sizeof(std::uint32_t), TINYGLTF_TARGET_ELEMENT_ARRAY_BUFFER);
        return add_accessor(view, TINYGLTF_COMPONENT_TYPE_UNSIGNED_INT, TINYGLTF_TYPE_SCALAR, corners.size());
    }

    int add_material(int id) {
        const Material source = id < 0 ? Material{} : mesh_.materials[static_cast<std::size_t>(id)];
        tinygltf::Material material;
        material.name = source.name;
        // The factor multiplies vertex colours, which alone decide where there is no material.
        const Eigen::Vector3f factor =
            id < 0 && coloured_ ? Eigen::Vector3f::Ones().eval() : linear_from_srgb(source.base_colour);
        material.pbrMetallicRoughness.baseColorFactor = {factor.x(), factor.y(), factor.z(), source.opacity};
        material.pbrMetallicRoughness.metallicFactor = 0;
        material.pbrMetallicRoughness.roughnessFactor = 0.8;
        material.doubleSided = true;
        if (source.opacity < 1) {
            material.alphaMode = "BLEND";
        }
        if (textured_ && source.base_colour_texture) {
            material.pbrMetallicRoughness.baseColorTexture.index = add_texture(source.base_colour_texture.get());
        }
        model_.materials.push_back(std::move(material));
        return static_cast<int>(model_.materials.size()) - 1;
    }

    int add_texture(const Image* picture) {
        const auto [place, added] = textures_.try_emplace(picture, static_cast<int>(model_.textures.size()));
        if (added) {
            const std::string png = encode_png(*picture);
            tinygltf::Image image;
            image.bufferView = add_view(png.data(), png.size(), 0);
            image.mimeType = "image/png";
            model_.images.push_back(std::move(image));
            tinygltf::Texture texture;
            texture.source = static_cast<int>(model_.images.size()) - 1;
            model_.textures.push_back(std::move(texture));
        }
        return place->second;
    }

    const TriangleMesh& mesh_;
    const VertexFacts& facts_;
    bool textured_ = false;
    bool coloured_ = false;
    GltfVertices vertices_;
    tinygltf::Model model_;
    std::unordered_map<const Image*, int> textures_;
};

}  // namespace

void write_glb(const std::filesystem::path& path, const TriangleMesh& mesh, const VertexFacts& facts) {
    const tinygltf::Model model = GlbBuilder(mesh, facts).run();
    constexpr std::size_t max_bytes = 0xF0000000U;
    if (model.buffers.front().data.size() > max_bytes) {
        throw InputError(fmt::format("{}: {} bytes do not fit into a glb; write a ply", path.string(),
                                     model.buffers.front().data.size()));
    }
    write_file_atomically(path, [&](std::ostream& stream) {
        tinygltf::TinyGLTF writer;
        if (!writer.WriteGltfSceneToStream(&model, stream, false, true)) {
            throw Error(fmt::format("{}: the glb could not be put together", path.string()));
        }
    });
}

}  // namespace maquette::render
