#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "render/triangle_mesh.h"

namespace maquette::render {

struct MeshLimits {
    std::size_t max_file_bytes = std::size_t{1} << 30U;
    std::size_t max_triangles = 5000000;
    std::size_t max_vertices = 10000000;
};

/// Reads a mesh by its extension: obj (polygons by ear clipping, `l` and `p` elements skipped, negative indices, MTL
/// colours and textures, missing MTL tolerated), ply, glb and gltf (tinygltf), and through assimp stl, off, ac, acc,
/// 3ds, dae, fbx and the rest. Scene transforms are applied. The result passes TriangleMesh::validate. Throws
/// InputError: unknown extension, unreadable, no faces, index out of range, non-finite coordinate, over a limit.
TriangleMesh read_mesh(const std::filesystem::path& path, const MeshLimits& limits = {});

/// Opens a file named by an OBJ or MTL (relative, forward slashes); empty when there is none.
using ResourceReader = std::function<std::optional<std::string>(const std::string& name)>;

/// The OBJ reader on text in memory; `what` names it in messages. Used by read_mesh, the shape catalogue (files inside
/// zips) and the fuzz target.
TriangleMesh parse_obj(std::string_view text, const std::string& what, const ResourceReader& resources,
                       const MeshLimits& limits = {});

/// What is told of each vertex beside the mesh's own attributes; empty: not told. glb holds them as attributes of their
/// own, ply as properties, obj and stl leave them out.
struct VertexFacts {
    std::span<const float> confidence;  ///< [N] 0..1: _CONFIDENCE; confidence
    std::span<const Eigen::Vector3f>
        prior_position;         ///< [N, 3] object units: _PRIOR_POSITION; prior_x, prior_y, prior_z
    std::span<const int> part;  ///< [N] 0..2^24, -1: of none: _PART (as float); part
};

/// Writes by extension: glb (positions, normals, vertex colours, or uv and one texture a material), obj (with mtl and
/// png beside it), ply (binary, normals, colours), stl (binary). Atomic; nothing is left behind on failure.
/// Throws InputError on an unknown extension, facts of another number than vertices, or when the file cannot be
/// written.
void write_mesh(const std::filesystem::path& path, const TriangleMesh& mesh, const VertexFacts& facts = {});

/// Triangulates a planar-ish polygon by ear clipping: indices into `corners`. Concave polygons, collinear and repeated
/// corners are handled; never returns flipped triangles for a simple polygon. Fewer than 3 corners: empty.
std::vector<Eigen::Vector3i> triangulate_polygon(const std::vector<Eigen::Vector3f>& corners);

}  // namespace maquette::render
