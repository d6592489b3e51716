#pragma once

#include <span>
#include <vector>

#include "priors/category_prior.h"
#include "recon/refine/refinement_network.h"
#include "recon/refine/view.h"
#include "render/grid.h"

namespace maquette::recon {

struct Judgement {
    double alone = 0;             ///< IoU with the true shape, refined from the photo alone
    std::vector<double> rewards;  ///< of each view: IoU gained by refining from photo and view together
};

/// How much each generated view helps the refiner. All with cameras and weights; the network's own number of steps and
/// threshold. truth: 32^3, 0 or 1. Throws UsageError on a network that takes no cameras.
Judgement judge_views(const RefinementNetwork& network, const View& photo, const priors::CategoryPrior& prior,
                      const render::VoxelGrid& truth, std::span<const View> views);

}  // namespace maquette::recon
