#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "priors/category_prior.h"
#include "recon/refine/camera_estimate.h"
#include "recon/refine/refinement_network.h"
#include "recon/refine/view.h"

namespace maquette::recon {

struct CameraDecisionOptions {
    CameraSearch search;
    int corrections = 2;  ///< of each hypothesis by the network, where it can, after a step each
    int iterations = 1;   ///< refinement steps under each hypothesis; 0: the estimator alone decides
    /// Natural logarithm of belief for a silhouette IoU of 1 over one of 0.
    double silhouette_weight = 8;
    double quality_weight = 16;  ///< the same for an expected IoU of 1 over one of 0, where the network judges
    int rounds = 1;  ///< with several views: estimates repeated with the shape found so far in place of the prior
    /// Of each view's crop, in its sides; none: not known. Empty: of no view.
    std::vector<std::optional<double>> focal_lengths;
};

/// A camera that was considered for a view.
struct CameraCandidate {
    CropCamera camera;
    double confidence = 0;               ///< 0..1 over the view's candidates: estimator and silhouette together
    double silhouette_iou = 0;           ///< the shape refined under this camera, drawn back, against the mask
    std::optional<double> expected_iou;  ///< of that shape with the true one, as the network judges, 0..1
};

/// What was found for a view: all candidates, the chosen one first. Empty where the camera was given.
using CameraDecision = std::vector<CameraCandidate>;

/// Fills in the cameras that `views` lack: estimates several from the prior, refines the shape under each, draws the
/// results back and lets the photo decide. One decision a view. With an empty prior there is nothing to estimate from:
/// such views get `usual_camera`, with confidence 0. A known focal length at last moves candidates as near as it says
/// that an object of their size stands, if that is nearer, to 1 at least. Throws Interrupted when `superseded`, asked
/// every tenth of a second or so, returns true; the views are then as they were or have some of the cameras.
std::vector<CameraDecision> decide_cameras(std::span<View> views, const CameraEstimator& estimator,
                                           const RefinementNetwork& network, const priors::CategoryPrior& prior,
                                           const CameraDecisionOptions& options = {},
                                           const std::function<bool()>& superseded = {});

/// The views as decide_cameras left them, encoded. A single photo is encoded under each of its likeliest cameras, up to
/// `most`, for a `mixing` network: the step that helps most where the decision is close.
std::unique_ptr<EncodedViews> encode_decided(const RefinementNetwork& network, std::span<const View> views,
                                             const std::vector<CameraDecision>& decisions, int most = 5);

/// From the front right, a little above, the unit ball framed like the mask: how most people take pictures.
CropCamera usual_camera(const View& view);

/// Intersection over union of the view's mask and the field seen by the camera (both soft, 32x32). threshold: what
/// counts as solid in the field.
double silhouette_iou(const render::VoxelGrid& occupancy, float threshold, const CropCamera& camera,
                      const render::FloatImage& mask);

}  // namespace maquette::recon
