#pragma once

#include "render/grid.h"
#include "render/triangle_mesh.h"

namespace maquette::render {

/// Marching cubes (Open3D's UniformTSDFVolume) of an occupancy field at `threshold`, or of a distance field at 0.
/// The border is treated as outside, so the surface is closed. Returns an empty mesh when nothing is above the
/// threshold. Triangles counter-clockwise seen from outside; vertex normals from the field's gradient.
TriangleMesh extract_surface(const VoxelGrid& occupancy, float threshold);
TriangleMesh extract_surface(const SignedDistanceGrid& distance);

/// Keeps connected parts with at least `min_fraction` (0..1) of the largest part's area.
TriangleMesh largest_components(const TriangleMesh& mesh, float min_fraction);

/// Taubin smoothing, volume preserving (lambda 0.5, mu -0.53), `iterations` pairs.
void smooth_taubin(TriangleMesh& mesh, int iterations);

/// Number of edges used by exactly one triangle; 0: closed.
int count_boundary_edges(const TriangleMesh& mesh);

}  // namespace maquette::render
