#pragma once

#include "render/triangle_mesh.h"

namespace maquette::render {

/// Triangles that another one, which shares no corner with them, cuts through. Touching does not count.
int count_self_intersecting_triangles(const TriangleMesh& mesh);

}  // namespace maquette::render
