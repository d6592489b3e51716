#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "render/io/mesh_io.h"

namespace maquette::render {

/// The readers and writers behind read_mesh and write_mesh, one a format. They throw as those do.
/// A glb or gltf text in memory; its buffers and images are opened through `resources`.
TriangleMesh parse_gltf(std::string_view bytes, const std::string& what, const ResourceReader& resources,
                        const MeshLimits& limits = {});

/// PLY in memory, text or binary of either byte order: positions, normals, colours, polygons. Not through assimp, whose
/// reader crashes or never ends on a truncated file.
TriangleMesh parse_ply(std::string_view bytes, const std::string& what, const MeshLimits& limits = {});

/// Everything assimp reads, without OBJ, PLY and glTF.
TriangleMesh read_with_assimp(const std::filesystem::path& path, const MeshLimits& limits);
bool assimp_reads(const std::string& extension);

void write_glb(const std::filesystem::path& path, const TriangleMesh& mesh, const VertexFacts& facts);
void write_obj(const std::filesystem::path& path, const TriangleMesh& mesh);
void write_ply(const std::filesystem::path& path, const TriangleMesh& mesh, const VertexFacts& facts);
void write_stl(const std::filesystem::path& path, const TriangleMesh& mesh);

}  // namespace maquette::render
