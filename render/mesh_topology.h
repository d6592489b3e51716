#pragma once

#include <vector>

#include "render/triangle_mesh.h"

namespace maquette::render {

/// What a slicer or a solid modeller asks of a mesh.
struct MeshTopology {
    int boundary_edges = 0;         ///< used by exactly one triangle
    int non_manifold_edges = 0;     ///< used by more than two
    int non_manifold_vertices = 0;  ///< where fans of triangles touch that share no edge
    int components = 0;             ///< connected over shared edges

    /// Watertight: an inside and an outside everywhere.
    [[nodiscard]] bool closed() const {
        return boundary_edges == 0 && non_manifold_edges == 0 && non_manifold_vertices == 0 && components > 0;
    }
};
MeshTopology topology_of(const TriangleMesh& mesh);

/// Square of the mesh's units.
double surface_area(const TriangleMesh& mesh);

/// Cube of the mesh's units; of a closed mesh whose triangles are counter-clockwise seen from outside.
double enclosed_volume(const TriangleMesh& mesh);

/// Component of each triangle, [M], connected over shared vertices, numbered from 0 by their first triangles.
std::vector<int> triangle_components(const TriangleMesh& mesh);

}  // namespace maquette::render
