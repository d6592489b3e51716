#include "recon/cli/world_cameras.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "recon/refine/camera_decision.h"
#include "recon/refine/stretched_framing.h"
#include "recon/refine/turn_decision.h"
#include "render/error.h"

namespace maquette::recon::cli {
namespace {

/// More photos than this take longer and tell no more of which way round the object stands.
constexpr std::size_t most_asked = 8;

std::vector<View> spread(std::span<const View> views) {
    const std::size_t count = std::min(views.size(), most_asked);
    std::vector<View> chosen;
    for (std::size_t i = 0; i < count; ++i) chosen.push_back(views[i * views.size() / count]);
    return chosen;
}

}  // namespace

FoundPlacement place_in_object_frame(std::span<View> views, const WorldFrame& frame, const priors::CategoryPrior& prior,
                                     const RefinementNetwork& network,
                                     const std::function<const CameraEstimator&()>& estimator) {
    FoundPlacement found{.placement = rough_placement(views, frame), .turned_by = "given"};
    const auto outline = outline_points(prior.mean);
    // Without the prior first, so that the turns are tried from the right place.
    found.placement = fitted_placement(views, found.placement, outline_points(render::VoxelGrid(1)));
    const bool empty =
        std::all_of(prior.mean.values.begin(), prior.mean.values.end(), [](float value) { return value <= 0; });
    if (frame.front) {
        found.placement = fitted_placement(views, found.placement, outline);
    } else if (empty) {
        found.turned_by = "first photo";
        found.confidence = 0;
        const double azimuth = crop_camera_of(placed_camera(*views.front().camera, found.placement)).azimuth;
        found.placement =
            fitted_placement(views, turned(found.placement, usual_camera(views.front()).azimuth - azimuth), outline);
    } else {
        found.turned_by = "estimate";
        const std::vector<View> asked = spread(views);
        std::vector<std::vector<CameraHypothesis>> hypotheses;
        hypotheses.reserve(asked.size());
        for (const View& view : asked) hypotheses.push_back(estimator().estimate(view, prior.mean));
        const auto turns = possible_turns(asked, found.placement, prior.mean, hypotheses);
        const TurnDecision decision = judged_turns(asked, turns, network, prior).front();
        found.placement = fitted_placement(views, decision.placement, outline);
        found.confidence = decision.confidence;
    }
    std::vector<render::Camera> cameras;
    for (const View& view : views) {
        cameras.push_back(placed_camera(*view.camera, found.placement));
        const double depth = cameras.back().cam_from_object.translation().z();
        if (!(depth > 0)) {
            throw InputError(fmt::format(
                "{}: the object was found {:.3g} of its sizes behind this photo's camera; do photos and cameras belong "
                "together?",
                view.name, -depth));
        }
    }
    for (std::size_t i = 0; i < views.size(); ++i) views[i].camera = cameras[i];
    return found;
}

}  // namespace maquette::recon::cli
