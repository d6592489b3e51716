#pragma once

#include <torch/types.h>

#include <functional>
#include <span>
#include <vector>

#include "priors/category_prior.h"
#include "recon/diffusion/latent_optimization.h"
#include "recon/diffusion/picture_score.h"
#include "recon/diffusion/view_agreement.h"
#include "recon/diffusion/view_generation.h"
#include "recon/refine/refinement_network.h"

namespace maquette::recon::diffusion {

/// What is known of the object that views are drawn of; all borrowed for the call.
struct KnownObject {
    std::span<const View> photos;  ///< the first is what the network is shown; all with a camera say what must be true
    const render::VoxelGrid* coarse = nullptr;     ///< the shape so far, 0..1; null: none, and no renders of it
    float threshold = 0.5F;                        ///< occupancy of `coarse` that is solid
    const RefinementNetwork* refiner = nullptr;    ///< null, or not differentiable: no cycle
    const priors::CategoryPrior* prior = nullptr;  ///< what the refiner starts from; null: no cycle
};

/// Of what is known to be true of the photos; 0: left out.
struct ConstraintWeights {
    double epipolar = 1;  ///< epipolar_score
    double cycle = 1;     ///< cycle_score
    double own = 1;       ///< of the caller's score
};

struct ViewDrawingOptions {
    ViewGenerationOptions generation;
    bool show_geometry = true;  ///< whether the network is shown the shape so far
    /// 0: from noise. Above: how little the render of the shape so far is trusted, which the view is then drawn from
    /// (edit_pictures); 1: nothing but its noise is kept, of TimeGridOptions' noisiest level at the most.
    double from_render = 0;
    /// iterations 0: as drawn. Above: each view's latent is optimised for what must be true.
    LatentOptimizationOptions optimisation{.iterations = 0, .gradient_scale = 100, .clip = 0.02};
    ConstraintWeights constraints;
    PictureScore own;  ///< a score of the caller's, with row k for target k; empty: none
};

struct DrawnViews {
    torch::Tensor pictures;                ///< [targets, 4, S, S], see image_of and view_from_picture
    std::vector<ViewAgreement> agreement;  ///< [targets], or empty: not optimised
    bool whole = true;                     ///< false: ended early, the pictures are what there was
};

/// generate_views, from a render of the shape so far or with the latent optimised or both (then it is the inverted
/// render's noise that is optimised, with the pair untied and its norm free, as DOODL does edits). Renders are always
/// drawn by EDICT. Latents are optimised through the sampler of the options; GradientMemory::nothing is for EDICT, as
/// in the paper, and becomes each_step for others, which take half as long. progress: with the share done; false ends
/// it early. Throws UsageError on what generate_views, epipolar_score and cycle_score refuse, a strength outside 0..1,
/// a render without a shape, or an optimisation with nothing to optimise for.
DrawnViews draw_views(const NovelViewWeights& weights, const KnownObject& object, std::span<const CropCamera> targets,
                      const ViewDrawingOptions& options, const std::function<bool(double)>& progress = {});

/// What must be true of such views. Empty where the weights leave nothing.
PictureScore true_constraints(const KnownObject& object, std::span<const CropCamera> targets, int picture_size,
                              const ConstraintWeights& weights, const PictureScore& own = {});

}  // namespace maquette::recon::diffusion
