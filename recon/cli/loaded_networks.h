#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "recon/cli/command_options.h"
#include "recon/diffusion/view_loop.h"
#include "recon/refine/camera_estimate.h"
#include "recon/refine/refinement_network.h"

namespace maquette::recon::cli {

/// The networks that the options name, each loaded once for any number of objects: the refiner at once, the others when
/// they are first needed.
class LoadedNetworks {
public:
    /// Throws InputError when the refiner's weights are missing, broken or of another model than the options'.
    explicit LoadedNetworks(const ReconstructOptions& options);

    [[nodiscard]] const std::shared_ptr<const RefinementNetwork>& refiner() const { return refiner_; }
    /// Throws InputError when the weights are missing or broken; so does view_loop.
    const CameraEstimator& camera_estimator();
    const diffusion::ViewLoop& view_loop();

    /// Files of the weights, whether they were loaded yet or not. The last two throw InputError where none are there.
    [[nodiscard]] const std::filesystem::path& refiner_weights() const { return refiner_weights_; }
    [[nodiscard]] std::filesystem::path camera_weights() const;
    [[nodiscard]] std::filesystem::path diffusion_weights() const;
    /// Differences that tune them by preferences; empty: none.
    [[nodiscard]] std::filesystem::path diffusion_preferences() const;

private:
    std::filesystem::path refiner_weights_;
    std::filesystem::path given_camera_weights_;     ///< empty: those shipped
    std::filesystem::path given_diffusion_weights_;  ///< empty: those shipped
    std::string given_diffusion_preferences_;        ///< file or none; empty: those shipped
    std::shared_ptr<const RefinementNetwork> refiner_;
    std::optional<CameraEstimator> camera_estimator_;
    std::optional<diffusion::ViewLoop> view_loop_;
};

}  // namespace maquette::recon::cli
