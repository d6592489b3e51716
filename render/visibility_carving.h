#pragma once

#include "render/bit_grid.h"

namespace maquette::render {

/// Cells that are outside of what the walls enclose: free cells that straight lines from beyond the grid reach in at
/// least `min_open_directions` of a fixed set of 98 directions. Lines pass only where a cube of `gap_cells` cells fits
/// between the walls, so that cracks do not open a solid. Walls are never outside. Throws UsageError when gap_cells or
/// min_open_directions is below 1. The same bits whatever the number of threads.
BitGrid carve_outside(const BitGrid& walls, int gap_cells, int min_open_directions);

}  // namespace maquette::render
