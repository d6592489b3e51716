#include "recon/refine/shipped_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "recon/refine/camera_decision.h"
#include "recon/refine/mixed_views.h"
#include "render/error.h"

namespace maquette::recon {
namespace {

bool all_posed(std::span<const View> views) {
    return std::all_of(views.begin(), views.end(), [](const View& view) { return view.camera.has_value(); });
}

std::unique_ptr<EncodedViews> encode_with_cameras(const RefinementNetwork& network, std::span<View> views,
                                                  const priors::CategoryPrior& prior,
                                                  const std::filesystem::path& camera_weights) {
    std::vector<CameraDecision> decisions(views.size());
    if (network.needs_cameras() && !all_posed(views)) {
        if (!std::filesystem::exists(camera_weights)) {
            throw InputError(
                fmt::format("{} needs the camera of each photo, and there are no weights to estimate it "
                            "with at {}; give --cameras FILE or choose --model wallace2019",
                            network.architecture(), camera_weights.string()));
        }
        decisions = decide_cameras(views, load_camera_estimator(camera_weights), network, prior);
    }
    return encode_decided(network, views, decisions);
}

std::optional<double> mean_agreement(const RefinementNetwork& network, std::span<const View> views,
                                     const render::VoxelGrid& field) {
    double sum = 0;
    int count = 0;
    for (const View& view : views) {
        if (!view.camera) continue;
        sum += silhouette_iou(field, network.threshold(), crop_camera_of(*view.camera), view.mask);
        ++count;
    }
    if (count == 0) return std::nullopt;
    return sum / count;
}

}  // namespace

SessionEngine engine_from_weights(std::filesystem::path weights, std::filesystem::path camera_weights) {
    SessionEngine engine;
    engine.load = [weights = std::move(weights)] { return mixing(load_refinement_network(weights)); };
    engine.encode = [camera_weights = std::move(camera_weights)](
                        const RefinementNetwork& network, std::span<View> views, const priors::CategoryPrior& prior) {
        return encode_with_cameras(network, views, prior, camera_weights);
    };
    engine.agreement = mean_agreement;
    return engine;
}

}  // namespace maquette::recon
