#pragma once

#include <string>
#include <vector>

#include "priors/pixel_retrieval.h"
#include "priors/prior_library.h"
#include "recon/refine/view.h"

namespace maquette::recon::cli {

struct RankedPrior {
    std::string name;
    double distance = 1;  ///< 0 (same picture) .. 1
    double azimuth = 0;   ///< degrees, of the nearest view
};

/// The library's priors drawn from all sides, which takes far longer than to compare a photo with them: made once for
/// any number of photos.
class PriorRanker {
public:
    explicit PriorRanker(const priors::PriorLibrary& library);

    /// All priors by how much some view of their exemplars looks like the photo, closest first.
    [[nodiscard]] std::vector<RankedPrior> rank(const View& photo) const;

private:
    std::vector<priors::RetrievalCandidate> candidates_;
};

/// The same for one photo.
std::vector<RankedPrior> rank_priors(const View& photo, const priors::PriorLibrary& library);

}  // namespace maquette::recon::cli
