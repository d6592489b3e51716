#include "recon/cli/loaded_networks.h"

#include <fmt/format.h>

#include "recon/cli/shipped_weights.h"
#include "recon/refine/mixed_views.h"
#include "render/error.h"

namespace maquette::recon::cli {

LoadedNetworks::LoadedNetworks(const ReconstructOptions& options)
    : refiner_weights_(resolve_weights(options.weights, options.model)),
      given_camera_weights_(options.camera_weights),
      given_diffusion_weights_(options.diffusion_weights),
      given_diffusion_preferences_(options.diffusion_preferences),
      refiner_(mixing(load_refinement_network(refiner_weights_))) {
    if (refiner_->architecture() != options.model) {
        throw InputError(fmt::format("{}: weights of {}, not of {}; give fitting --weights or --model",
                                     refiner_weights_.string(), refiner_->architecture(), options.model));
    }
}

const CameraEstimator& LoadedNetworks::camera_estimator() {
    if (!camera_estimator_) camera_estimator_ = load_camera_estimator(camera_weights());
    return *camera_estimator_;
}

const diffusion::ViewLoop& LoadedNetworks::view_loop() {
    if (!view_loop_) view_loop_.emplace(diffusion_weights(), diffusion_preferences());
    return *view_loop_;
}

std::filesystem::path LoadedNetworks::camera_weights() const {
    return resolve_weights(given_camera_weights_, camera_model, "--camera-weights");
}

std::filesystem::path LoadedNetworks::diffusion_weights() const {
    return resolve_weights(given_diffusion_weights_, novel_view_model, "--diffusion-weights");
}

std::filesystem::path LoadedNetworks::diffusion_preferences() const {
    return resolve_preferences(given_diffusion_preferences_, given_diffusion_weights_);
}

}  // namespace maquette::recon::cli
