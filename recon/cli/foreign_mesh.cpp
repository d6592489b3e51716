#include "recon/cli/foreign_mesh.h"

#include <assimp/postprocess.h>
#include <assimp/scene.h>

#include <assimp/Importer.hpp>
#include <cstddef>
#include <memory>
#include <string_view>

#include "render/io/image_io.h"

namespace maquette::recon::cli {
namespace {

void add_texture(const aiScene& scene, const aiMesh& from, render::TriangleMesh& mesh) {
    const aiTexture& texture = *scene.mTextures[0];
    const std::string_view bytes(reinterpret_cast<const char*>(texture.pcData), texture.mWidth);
    for (unsigned i = 0; i < from.mNumFaces; ++i) {
        auto& uvs = mesh.triangle_uvs.emplace_back();
        for (std::size_t k = 0; k < 3; ++k) {
            const aiVector3D& uv = from.mTextureCoords[0][from.mFaces[i].mIndices[k]];
            uvs[k] = {uv.x, uv.y};
        }
    }
    mesh.material_ids.assign(mesh.triangles.size(), 0);
    mesh.materials = {
        {.name = "texture",
         .base_colour = Eigen::Vector3f::Ones(),
         .opacity = 1,
         .base_colour_texture = std::make_shared<const render::Image>(render::decode_image(bytes, "texture"))}};
}

}  // namespace

render::TriangleMesh read_by_assimp(const std::filesystem::path& file) {
    Assimp::Importer importer;
    const aiScene* const scene = importer.ReadFile(file.string(), aiProcess_Triangulate);
    if (scene == nullptr || scene->mNumMeshes != 1) return {};
    const aiMesh& from = *scene->mMeshes[0];
    render::TriangleMesh mesh;
    for (unsigned i = 0; i < from.mNumVertices; ++i) {
        mesh.vertices.emplace_back(from.mVertices[i].x, from.mVertices[i].y, from.mVertices[i].z);
    }
    for (unsigned i = 0; i < from.mNumFaces; ++i) {
        const unsigned* const corners = from.mFaces[i].mIndices;
        mesh.triangles.emplace_back(corners[0], corners[1], corners[2]);
    }
    if (scene->mNumTextures == 1 && from.HasTextureCoords(0)) add_texture(*scene, from, mesh);
    return mesh;
}

}  // namespace maquette::recon::cli
