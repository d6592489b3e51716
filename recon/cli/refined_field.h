#pragma once

#include "render/grid.h"

namespace maquette::recon::cli {

/// A field on finer cells by cubic (Catmull-Rom) interpolation and a Gaussian of `blur` coarse cells (standard
/// deviation, above 0), zeros beyond the border. Worked out only in blocks where it may lie within low..high; elsewhere
/// it holds a bound that lies on the same side of low..high as the field does. values: 0..1.
render::VoxelGrid refined_near(const render::VoxelGrid& coarse, int resolution, double blur, float low, float high);

}  // namespace maquette::recon::cli
