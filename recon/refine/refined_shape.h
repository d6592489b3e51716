#pragma once

#include "priors/category_prior.h"
#include "recon/refine/refinement_network.h"
#include "render/grid.h"

namespace maquette::recon {

/// The shape after `iterations` steps from the prior's mean field.
render::VoxelGrid refined_shape(const RefinementNetwork& network, const EncodedViews& views,
                                const priors::CategoryPrior& prior, int iterations);

}  // namespace maquette::recon
