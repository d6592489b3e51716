#pragma once

#include "recon/data/random_stream.h"
#include "render/grid.h"

namespace maquette::recon {

/// What the refiner might have made of a shape: soft, wrongly sized, a little off, with pieces lost and added, leaning
/// towards the prior; now and then the prior itself. A network that is shown true geometry in training trusts it and
/// fails on the refiner's. truth: 0 or 1; prior: mean occupancy of the same resolution, zeros: none. Gives 0..1.
render::VoxelGrid coarse_field(const render::VoxelGrid& truth, const render::VoxelGrid& prior, RandomStream& random);

}  // namespace maquette::recon
