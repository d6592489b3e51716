#pragma once

#include "render/triangle_mesh.h"

namespace maquette::render {

/// At most `triangles` triangles, fewer by edge collapses that keep the shape (quadric error metric: Garland and
/// Heckbert, "Surface simplification using quadric error metrics", 1997). Vertex colours are carried over, normals are
/// computed anew, uvs and materials dropped. A mesh that is small enough comes back with its shape as it is. Throws
/// UsageError when `triangles` is below 4.
TriangleMesh decimated(const TriangleMesh& mesh, int triangles);

}  // namespace maquette::render
