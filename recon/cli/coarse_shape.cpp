#include "recon/cli/coarse_shape.h"

#include <fmt/format.h>

#include <span>
#include <utility>

#include "priors/default_locations.h"
#include "priors/prior_library.h"
#include "recon/cli/prior_ranking.h"
#include "recon/cli/shipped_weights.h"
#include "recon/refine/camera_decision.h"
#include "recon/refine/mixed_views.h"
#include "recon/refine/refiner.h"
#include "render/error.h"

namespace maquette::recon::cli {

priors::CategoryPrior prior_for_photo(const std::vector<std::string>& names, const View& photo) {
    const priors::PriorLibrary library = priors::default_prior_library();
    if (!names.empty()) return library.resolve(names);
    const auto ranking = rank_priors(photo, library);
    const std::string name = ranking.empty() ? "none" : ranking.front().name;
    fmt::print(stderr, "no prior given: starting from {}; --prior NAME chooses another\n", name);
    return library.resolve({name});
}

CoarseReconstructor::CoarseReconstructor(const std::filesystem::path& refiner_weights,
                                         std::filesystem::path camera_weights)
    : network_(mixing(load_refinement_network(resolve_weights(refiner_weights, flagship_model, "--refiner-weights")))),
      camera_weights_(std::move(camera_weights)) {}

render::VoxelGrid CoarseReconstructor::shape(View& photo, const priors::CategoryPrior& prior,
                                             const std::stop_token& stop) {
    std::vector<CameraDecision> decisions(1);
    const std::span<View> views(&photo, 1);
    if (!photo.camera) {
        if (!estimator_) {
            estimator_ = load_camera_estimator(resolve_weights(camera_weights_, camera_model, "--camera-weights"));
        }
        decisions = decide_cameras(views, *estimator_, *network_, prior);
        const CropCamera found = crop_camera_of(*photo.camera);
        fmt::print(stderr, "{}: camera estimated at azimuth {:.0f}, elevation {:.0f} degrees; --cameras overrides\n",
                   photo.name, found.azimuth, found.elevation);
    }
    const auto encoded = encode_decided(*network_, views, decisions);
    const auto result = Refiner(network_).run(*encoded, prior, {}, {}, stop);
    if (result.interrupted) throw Interrupted("interrupted before the view was drawn; nothing was written");
    return result.final->occupancy;
}

}  // namespace maquette::recon::cli
