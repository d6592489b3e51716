#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "priors/category_prior.h"
#include "recon/refine/camera_estimate.h"
#include "recon/refine/refinement_network.h"
#include "recon/refine/world_frame.h"
#include "recon/refine/world_placement.h"
#include "render/image.h"

namespace maquette::recon::cli {

/// Where the object was found in the world of its photos' cameras.
struct FoundPlacement {
    WorldPlacement placement;
    double confidence = 1;  ///< 0..1, that it stands the right way round; 1 where that was given
    std::string turned_by;  ///< given | estimate | first photo, as there is nothing to estimate from
};

/// Finds the object and brings the views' cameras from the world into the object frame. Which way round it stands is
/// decided by the estimator, the prior, and what the network makes of the photos. prior: where it is empty, the first
/// photo shows the object as usual_camera sees it. estimator: asked for only where it is needed.
/// Throws InputError as rough_placement does.
FoundPlacement place_in_object_frame(std::span<View> views, const WorldFrame& frame, const priors::CategoryPrior& prior,
                                     const RefinementNetwork& network,
                                     const std::function<const CameraEstimator&()>& estimator);

}  // namespace maquette::recon::cli
