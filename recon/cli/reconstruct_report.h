#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "priors/category_prior.h"
#include "recon/cli/command_options.h"
#include "recon/cli/stage_timer.h"
#include "recon/refine/camera_decision.h"
#include "recon/refine/refiner.h"
#include "recon/refine/silhouette_fit.h"
#include "render/triangle_mesh.h"

namespace maquette::recon::cli {

/// Where a photo was taken from, and how that is known.
struct ViewCamera {
    std::string source;  ///< given | estimated | assumed
    CropCamera camera;
    double silhouette_iou = 0;  ///< of the final shape against the mask
    CameraDecision candidates;  ///< estimated: all, the one used first
};

/// What a reconstruction leaves behind for its run.json.
struct ReconstructionRecord {
    ReconstructOptions options;  ///< resolved: what was used, defaults filled in
    std::string prior_choice;    ///< how the prior was chosen, in words
    const priors::CategoryPrior* prior = nullptr;
    const RefinementNetwork* network = nullptr;
    const RefinementResult* result = nullptr;
    const std::vector<std::shared_ptr<const RefinementSnapshot>>* snapshots = nullptr;  ///< 0: the prior
    const render::TriangleMesh* mesh = nullptr;
    const std::vector<ViewCamera>* cameras = nullptr;  ///< of the photos, as used; empty: the network takes none
    std::optional<SilhouetteFit> fit;                  ///< its figures; none: not asked for
    double warm_step_seconds = 0;                      ///< median of the steps after the first; 0: not measured
};

nlohmann::json reconstruction_report(ReconstructionRecord record, const StageTimer& timer);

}  // namespace maquette::recon::cli
