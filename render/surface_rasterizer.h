#pragma once

#include "render/bit_grid.h"
#include "render/triangle_mesh.h"

namespace maquette::render {

/// Cells of a cube around the origin that the surface touches: exact overlap of triangle and closed box by separating
/// axes, so that no straight line between cell centres crosses the surface without entering a marked cell. Parts of
/// the mesh beyond the cube are left out. side: object units. The same bits whatever the number of threads.
BitGrid touched_cells(const TriangleMesh& mesh, int resolution, double side);

}  // namespace maquette::render
