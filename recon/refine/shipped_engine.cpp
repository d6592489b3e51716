#include "recon/refine/shipped_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "recon/refine/camera_decision.h"
#include "recon/refine/flagship.h"
#include "recon/refine/mixed_views.h"
#include "recon/refine/prior_trust.h"
#include "recon/refine/silhouette_fit.h"
#include "render/error.h"

namespace maquette::recon {
namespace {

bool all_posed(std::span<const View> views) {
    return std::all_of(views.begin(), views.end(), [](const View& view) { return view.camera.has_value(); });
}

std::unique_ptr<EncodedViews> encode_with_cameras(const RefinementNetwork& network, std::span<View> views,
                                                  const priors::CategoryPrior& prior,
                                                  const std::filesystem::path& camera_weights,
                                                  std::shared_ptr<const CameraEstimator>& estimator,
                                                  const std::function<bool()>& superseded) {
    std::vector<CameraDecision> decisions(views.size());
    if (network.needs_cameras() && !all_posed(views)) {
        if (!std::filesystem::exists(camera_weights)) {
            throw InputError(
                fmt::format("{} needs the camera of each photo, and there are no weights to estimate it "
                            "with at {}; give --cameras FILE or choose --model wallace2019",
                            network.architecture(), camera_weights.string()));
        }
        if (!estimator) estimator = std::make_shared<const CameraEstimator>(load_camera_estimator(camera_weights));
        decisions = decide_cameras(views, *estimator, network, prior, {}, superseded);
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

/// As `reconstruct` does.
FinishedRun finished(const EndedRun& run) {
    FinishedRun result{.occupancy = run.occupancy};
    const float threshold = run.network.threshold();
    if (!run.prior.exemplars.empty()) {
        // What was drawn with the prior's help is no witness.
        std::vector<int> indices(run.views.size());
        std::iota(indices.begin(), indices.end(), 0);
        const bool more = run.encoded.count() > static_cast<int>(indices.size());
        const auto photos = more ? run.encoded.pick(indices) : nullptr;
        const PriorTrust trust(run.network, photos ? *photos : run.encoded, run.prior, run.iterations, threshold);
        result.doubted = trust.low();
        // The published network is left as it was published.
        if (!run.settings.trust_prior && run.network.architecture() == flagship_architecture) {
            result.occupancy = trust.mixed(result.occupancy);
        }
    }
    SilhouetteFitOptions fit;
    fit.steps = run.settings.silhouette_steps;
    if (fit.steps < 0) fit.steps = run.cameras_given ? given_camera_silhouette_steps : 0;
    std::vector<PosedMask> masks;
    for (const View& view : run.views) {
        if (view.camera && view.weight > 0) masks.push_back({crop_camera_of(*view.camera), &view.mask, view.weight});
    }
    if (fit.steps > 0 && !masks.empty()) {
        result.occupancy = fit_to_masks(result.occupancy, threshold, masks, fit).occupancy;
    }
    return result;
}

}  // namespace

SessionEngine engine_from_weights(std::filesystem::path weights, std::filesystem::path camera_weights) {
    SessionEngine engine;
    engine.load = [weights = std::move(weights)] { return mixing(load_refinement_network(weights)); };
    engine.encode = [camera_weights = std::move(camera_weights), estimator = std::shared_ptr<const CameraEstimator>()](
                        const RefinementNetwork& network, std::span<View> views, const priors::CategoryPrior& prior,
                        const std::function<bool()>& superseded) mutable {
        return encode_with_cameras(network, views, prior, camera_weights, estimator, superseded);
    };
    engine.agreement = mean_agreement;
    engine.finish = finished;
    return engine;
}

}  // namespace maquette::recon
