#pragma once

#include <span>
#include <vector>

#include "priors/category_prior.h"
#include "recon/refine/camera_decision.h"
#include "recon/refine/camera_estimate.h"
#include "recon/refine/refinement_network.h"
#include "recon/refine/world_placement.h"
#include "render/grid.h"

namespace maquette::recon {

struct TurnDecisionOptions {
    double step = 15;              ///< degrees between the turns tried; the best one is then halved in on
    double apart = 25;             ///< degrees by which a hypothesis is typically off
    double surprise = 0.05;        ///< belief left for a view whose hypotheses are all wrong
    double silhouette_weight = 8;  ///< natural logarithm of belief for a silhouette IoU of 1 over one of 0, a view
    int kept = 4;                  ///< candidates returned, at the most
    double different = 45;         ///< degrees between them at least
};

struct TurnDecision {
    WorldPlacement placement;
    double turn = 0;        ///< degrees from the start
    double score = 0;       ///< natural logarithm of belief, mean over views
    double confidence = 0;  ///< 0..1 over all that are returned
};

struct TurnJudgementOptions {
    double silhouette_weight = CameraDecisionOptions().silhouette_weight;
    double quality_weight = CameraDecisionOptions().quality_weight;
};

/// Which way round an object stands whose place in the world is known but for the turn about its up axis: the turn
/// under which all views agree best with the hypotheses on their cameras and, by the outline, with the prior. The
/// placement is fitted anew under each turn (fitted_placement), as proportions depend on it. hypotheses: those of each
/// view, possibly none. views: with cameras from the world. prior: not empty. step: divides 360. Best first.
std::vector<TurnDecision> possible_turns(std::span<const View> views, const WorldPlacement& start,
                                         const render::VoxelGrid& prior,
                                         const std::vector<std::vector<CameraHypothesis>>& hypotheses,
                                         const TurnDecisionOptions& options = {});

/// The same once the shape has been refined under each of them with all views and cameras: scores grow by how well it
/// falls on the masks, and by how good the network expects each view's own result to be, where it judges. Best first.
std::vector<TurnDecision> judged_turns(std::span<const View> views, const std::vector<TurnDecision>& turns,
                                       const RefinementNetwork& network, const priors::CategoryPrior& prior,
                                       const TurnJudgementOptions& options = {});

}  // namespace maquette::recon
