#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "priors/category_prior.h"
#include "recon/refine/camera_estimate.h"
#include "recon/refine/refinement_network.h"
#include "recon/refine/view.h"
#include "render/grid.h"

namespace maquette::recon::cli {

/// The prior that `names` say, as of --prior; without names the closest to the photo, which is then said on stderr.
priors::CategoryPrior prior_for_photo(const std::vector<std::string>& names, const View& photo);

/// Reconstructs what views are generated from.
class CoarseReconstructor {
public:
    /// Weights files; empty: those shipped. The camera estimator's are loaded where it is needed.
    CoarseReconstructor(const std::filesystem::path& refiner_weights, std::filesystem::path camera_weights);

    /// The photo's shape, 32^3. Leaves the photo's camera in `photo`, estimated where it has none, which is then said
    /// on stderr. Throws Interrupted when stopped.
    render::VoxelGrid shape(View& photo, const priors::CategoryPrior& prior, const std::stop_token& stop);
    [[nodiscard]] const RefinementNetwork& network() const { return *network_; }

private:
    std::shared_ptr<const RefinementNetwork> network_;
    std::filesystem::path camera_weights_;
    std::optional<CameraEstimator> estimator_;
};

}  // namespace maquette::recon::cli
