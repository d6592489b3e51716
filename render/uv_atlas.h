#pragma once

#include <Eigen/Core>
#include <array>
#include <vector>

#include "render/triangle_mesh.h"

namespace maquette::render {

struct UvAtlasOptions {
    int size = 1024;  ///< side of the square texture, texels, 64..8192
    int padding = 3;  ///< texels between charts and around them, at least 1
};

struct UvAtlas {
    std::vector<std::array<Eigen::Vector2f, 3>> uvs;  ///< [M, 3, 2] as TriangleMesh::triangle_uvs
    std::vector<int> charts;                          ///< [M] chart of each triangle
    int chart_count = 0;
    double texels_per_unit = 0;  ///< along the projection planes, object units
};

/// Unfolds a surface into one square without overlaps: patches that face one of the six axes are projected onto it,
/// grown from triangle to neighbour while no two lie over each other, and packed in rows by height. Stretched at most
/// twofold. Throws UsageError on options out of range, InputError where the mesh has more charts than the square can
/// hold.
UvAtlas uv_atlas(const TriangleMesh& mesh, const UvAtlasOptions& options);

}  // namespace maquette::render
