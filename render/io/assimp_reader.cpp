#include <assimp/material.h>
#include <assimp/postprocess.h>
#include <assimp/scene.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <assimp/Importer.hpp>
#include <cmath>
#include <map>
#include <system_error>
#include <utility>

#include "render/error.h"
#include "render/io/image_io.h"
#include "render/io/line_scanner.h"
#include "render/io/mesh_formats.h"
#include "render/io/resource_folder.h"

namespace maquette::render {
namespace {

constexpr int max_node_depth = 1000;
constexpr unsigned max_face_corners = 16384;

Eigen::Affine3d affine(const aiMatrix4x4& m) {
    Eigen::Affine3d result = Eigen::Affine3d::Identity();
    result.matrix().row(0) << m.a1, m.a2, m.a3, m.a4;
    result.matrix().row(1) << m.b1, m.b2, m.b3, m.b4;
    result.matrix().row(2) << m.c1, m.c2, m.c3, m.c4;
    return result;
}

Eigen::Vector3f vector(const aiVector3D& v) {
    return {v.x, v.y, v.z};
}

/// Gathers the meshes of a scene into one, each placed by its nodes.
class SceneFlattener {
public:
    SceneFlattener(const aiScene& scene, const std::string& what, const ResourceReader& resources,
                   const MeshLimits& limits)
        : scene_(scene), what_(what), resources_(resources), limits_(limits) {}

    TriangleMesh run() {
        for (unsigned i = 0; i < scene_.mNumMaterials; ++i) {
            mesh_.materials.push_back(read_material(*scene_.mMaterials[i]));
        }
        if (scene_.mRootNode != nullptr) {
            add_node(*scene_.mRootNode, Eigen::Affine3d::Identity(), 0);
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
        const auto& ids = mesh_.material_ids;
        if (std::all_of(ids.begin(), ids.end(), [](int id) { return id < 0; })) {
            mesh_.material_ids.clear();
            mesh_.materials.clear();
        }
        return std::move(mesh_);
    }

private:
    void add_node(const aiNode& node, const Eigen::Affine3d& scene_from_parent, int depth) {
        if (depth > max_node_depth) {
            throw InputError(fmt::format("{}: scene nodes are nested deeper than {}", what_, max_node_depth));
        }
        const Eigen::Affine3d scene_from_node = scene_from_parent * affine(node.mTransformation);
        for (unsigned i = 0; i < node.mNumMeshes; ++i) {
            add_mesh(*scene_.mMeshes[node.mMeshes[i]], scene_from_node);
        }
        for (unsigned i = 0; i < node.mNumChildren; ++i) {
            add_node(*node.mChildren[i], scene_from_node, depth + 1);
        }
    }

    void add_mesh(const aiMesh& source, const Eigen::Affine3d& scene_from_mesh) {
        if ((source.mPrimitiveTypes & (aiPrimitiveType_TRIANGLE | aiPrimitiveType_POLYGON)) == 0) {
            return;
        }
        check_limits(mesh_.vertices.size() + source.mNumVertices, mesh_.triangles.size());
        TriangleMesh part;
        part.vertices.reserve(source.mNumVertices);
        for (unsigned i = 0; i < source.mNumVertices; ++i) {
            part.vertices.push_back(vector(source.mVertices[i]));
            part.vertex_normals.push_back(source.HasNormals() ? vector(source.mNormals[i]) : Eigen::Vector3f::Zero());
            const bool coloured = source.HasVertexColors(0);
            part.vertex_colours.push_back(coloured ? colour_of(source.mColors[0][i]) : Eigen::Vector3f::Ones());
        }
        for (unsigned i = 0; i < source.mNumFaces; ++i) {
            add_face(source, source.mFaces[i], part);
            check_limits(mesh_.vertices.size() + source.mNumVertices, mesh_.triangles.size() + part.triangles.size());
        }
        part.transform(scene_from_mesh.cast<float>());
        append(part);
        all_normals_ = all_normals_ && source.HasNormals();
        any_colours_ = any_colours_ || source.HasVertexColors(0);
        any_uvs_ = any_uvs_ || source.HasTextureCoords(0);
    }

    void check_limits(std::size_t vertices, std::size_t triangles) const {
        if (vertices > limits_.max_vertices || triangles > limits_.max_triangles) {
            throw InputError(
                fmt::format("{}: more than {} triangles or {} vertices, the limits; simplify the mesh first", what_,
                            limits_.max_triangles, limits_.max_vertices));
        }
    }

    void add_face(const aiMesh& source, const aiFace& face, TriangleMesh& part) const {
        if (face.mNumIndices > max_face_corners) {
            throw InputError(fmt::format("{}: a face has {} corners, more than the limit of {}", what_,
                                         face.mNumIndices, max_face_corners));
        }
        std::vector<Eigen::Vector3f> positions;
        for (unsigned k = 0; k < face.mNumIndices; ++k) {
            if (face.mIndices[k] >= source.mNumVertices) {
                throw InputError(
                    fmt::format("{}: a face names vertex {} of {}", what_, face.mIndices[k], source.mNumVertices));
            }
            positions.push_back(part.vertices[face.mIndices[k]]);
        }
        if (positions.size() == 3) {
            add_triangle(source, {face.mIndices[0], face.mIndices[1], face.mIndices[2]}, part);
            return;
        }
        for (const Eigen::Vector3i& t : triangulate_polygon(positions)) {
            add_triangle(source, {face.mIndices[t[0]], face.mIndices[t[1]], face.mIndices[t[2]]}, part);
        }
    }

    void add_triangle(const aiMesh& source, const std::array<unsigned, 3>& corners, TriangleMesh& part) const {
        if (corners[0] == corners[1] || corners[1] == corners[2] || corners[2] == corners[0]) {
            return;
        }
        part.triangles.emplace_back(static_cast<int>(corners[0]), static_cast<int>(corners[1]),
                                    static_cast<int>(corners[2]));
        part.material_ids.push_back(material_of(source));
        std::array<Eigen::Vector2f, 3> uvs;
        for (int k = 0; k < 3; ++k) {
            uvs[k].setZero();
            if (source.HasTextureCoords(0)) {
                const aiVector3D& uv = source.mTextureCoords[0][corners[k]];
                uvs[k] = std::isfinite(uv.x) && std::isfinite(uv.y) ? Eigen::Vector2f(uv.x, uv.y) : uvs[k];
            }
        }
        part.triangle_uvs.push_back(uvs);
    }

    /// Readers of formats without materials make up a grey one, which would darken the vertex colours.
    [[nodiscard]] int material_of(const aiMesh& source) const {
        if (source.mMaterialIndex >= mesh_.materials.size()) {
            return -1;
        }
        const Material& material = mesh_.materials[source.mMaterialIndex];
        const bool made_up = material.name == AI_DEFAULT_MATERIAL_NAME || source.HasVertexColors(0);
        return made_up && !material.base_colour_texture ? -1 : static_cast<int>(source.mMaterialIndex);
    }

    static Eigen::Vector3f colour_of(const aiColor4D& colour) {
        const Eigen::Vector3f rgb(colour.r, colour.g, colour.b);
        return rgb.allFinite() ? Eigen::Vector3f(rgb.cwiseMax(0.0F).cwiseMin(1.0F)) : Eigen::Vector3f::Ones();
    }

    void append(const TriangleMesh& part) {
        const auto offset = static_cast<int>(mesh_.vertices.size());
        const auto extend = [](auto& target, const auto& source) {
            target.insert(target.end(), source.begin(), source.end());
        };
        extend(mesh_.vertices, part.vertices);
        extend(mesh_.vertex_normals, part.vertex_normals);
        extend(mesh_.vertex_colours, part.vertex_colours);
        extend(mesh_.triangle_uvs, part.triangle_uvs);
        extend(mesh_.material_ids, part.material_ids);
        for (const Eigen::Vector3i& triangle : part.triangles) {
            mesh_.triangles.emplace_back(triangle.array() + offset);
        }
    }

    Material read_material(const aiMaterial& source) {
        Material material;
        aiString text;
        if (source.Get(AI_MATKEY_NAME, text) == aiReturn_SUCCESS) {
            material.name = text.C_Str();
        }
        aiColor4D colour;
        if (source.Get(AI_MATKEY_COLOR_DIFFUSE, colour) == aiReturn_SUCCESS) {
            material.base_colour = colour_of(colour);
        }
        float opacity = 1;
        if (source.Get(AI_MATKEY_OPACITY, opacity) == aiReturn_SUCCESS && opacity >= 0 && opacity <= 1) {
            material.opacity = opacity;
        }
        if (source.GetTexture(aiTextureType_DIFFUSE, 0, &text) == aiReturn_SUCCESS) {
            material.base_colour_texture = texture(text.C_Str());
        }
        return material;
    }

    std::shared_ptr<const Image> texture(const std::string& name) {
        const auto [place, added] = textures_.try_emplace(name);
        if (added) {
            try {
                if (const auto bytes = texture_bytes(name)) {
                    place->second = std::make_shared<const Image>(decode_image(*bytes, name));
                }
            } catch (const InputError&) {
                // The shape is of use without its picture.
                place->second = nullptr;
            }
        }
        return place->second;
    }

    [[nodiscard]] std::optional<std::string> texture_bytes(const std::string& name) const {
        const aiTexture* embedded = scene_.GetEmbeddedTexture(name.c_str());
        if (embedded == nullptr) {
            return resources_(name);
        }
        // Height 0 says that the texels are a compressed file of `mWidth` bytes.
        if (embedded->mHeight != 0) {
            return std::nullopt;
        }
        return std::string(reinterpret_cast<const char*>(embedded->pcData), embedded->mWidth);
    }

    const aiScene& scene_;
    const std::string& what_;
    const ResourceReader& resources_;
    const MeshLimits& limits_;
    TriangleMesh mesh_;
    std::map<std::string, std::shared_ptr<const Image>> textures_;
    bool all_normals_ = true;
    bool any_colours_ = false;
    bool any_uvs_ = false;
};

void check_file(const std::filesystem::path& path, const MeshLimits& limits) {
    std::error_code problem;
    if (!std::filesystem::is_regular_file(path, problem)) {
        throw InputError(fmt::format("{}: {}", path.string(),
                                     std::filesystem::exists(path, problem) ? "is not a file" : "no such file"));
    }
    const auto size = std::filesystem::file_size(path, problem);
    if (problem || size > limits.max_file_bytes) {
        throw InputError(
            fmt::format("{}: {} bytes, more than the limit of {}", path.string(), size, limits.max_file_bytes));
    }
}

}  // namespace

bool assimp_reads(const std::string& extension) {
    return Assimp::Importer().IsExtensionSupported("." + extension);
}

TriangleMesh read_with_assimp(const std::filesystem::path& path, const MeshLimits& limits) {
    check_file(path, limits);
    const std::string what = path.string();
    Assimp::Importer importer;
    // Polygons are triangulated here: aiProcess_Triangulate aborts the program on faces without area.
    // aiProcess_ValidateDataStructure would refuse meshes with lines in them; the flattener checks what it reads.
    const aiScene* scene = importer.ReadFile(what, aiProcess_JoinIdenticalVertices);
    if (scene == nullptr) {
        throw InputError(fmt::format("{}: cannot be read: {}", what, importer.GetErrorString()));
    }
    const ResourceReader resources = resource_folder(path.parent_path());
    TriangleMesh mesh = SceneFlattener(*scene, what, resources, limits).run();
    if (lower_case(path.extension().string()) == ".stl") {
        // STL repeats every corner; its normals are those of the faces.
        mesh.vertex_normals.clear();
        mesh = welded(mesh, 0);
    }
    mesh.validate(what);
    return mesh;
}

}  // namespace maquette::render
