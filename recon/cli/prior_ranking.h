#pragma once

#include <string>
#include <vector>

#include "priors/prior_library.h"
#include "recon/refine/view.h"

namespace maquette::recon::cli {

struct RankedPrior {
    std::string name;
    double distance = 1;  ///< 0 (same picture) .. 1
    double azimuth = 0;   ///< degrees, of the nearest view
};

/// All priors of the library by how much some view of their exemplars looks like the photo, closest first.
std::vector<RankedPrior> rank_priors(const View& photo, const priors::PriorLibrary& library);

}  // namespace maquette::recon::cli
