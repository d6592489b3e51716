#pragma once

#include "render/grid.h"
#include "render/ray_caster.h"
#include "render/triangle_mesh.h"

namespace maquette::render {

/// The one rule for "solid" (DESIGN section 9): carve by visibility from outside. On a grid `supersampling` times finer
/// than asked, cells that the surface touches are walls; a free cell is outside when straight lines from outside reach
/// it in at least `min_open_directions` of a fixed set of 98 directions; everything else is inside. Gaps in the surface
/// narrower than `gap_cells` fine cells do not open a solid. The same rule and constants for all shapes; neither the
/// triangles' winding nor duplicated or intersecting triangles matter.
struct SolidRule {
    int supersampling = 4;
    int gap_cells = 2;
    int min_open_directions = 3;
};

/// Binary occupancy (0 or 1): a cell is occupied when any of its fine cells is a wall or inside.
/// mesh in the object frame. Throws InputError on an empty or broken mesh, UsageError on a resolution, side or rule
/// that makes no grid.
VoxelGrid voxelize(const TriangleMesh& mesh, int resolution, const SolidRule& rule = {},
                   double side = default_grid_side);

/// Distance to the surface by closest point, negative inside by the same rule, clamped to +-band.
/// Exact within the band around solids. Where the surface encloses no free fine cell (an open sheet, a plate thinner
/// than the fine grid) it counts as a shell one fine cell thick, so that the part keeps a volume in the field:
/// the distance is less by half a fine cell there. A cell centre from which no free fine cell near it is visible lies
/// inside such a plate. band: object units, above 0.
SignedDistanceGrid signed_distance(const TriangleMesh& mesh, int resolution, float band, const SolidRule& rule = {},
                                   double side = default_grid_side);

/// Both at once, sharing the fine grid; what the dataset builder calls.
struct SolidFields {
    VoxelGrid occupancy;
    SignedDistanceGrid distance;
};
/// caster: of this mesh.
SolidFields solid_fields(const TriangleMesh& mesh, const RayCaster& caster, int resolution, float band,
                         const SolidRule& rule = {}, double side = default_grid_side);

}  // namespace maquette::render
