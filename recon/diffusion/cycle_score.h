#pragma once

#include <span>

#include "priors/category_prior.h"
#include "recon/diffusion/picture_score.h"
#include "recon/refine/crop_camera.h"
#include "recon/refine/refinement_network.h"
#include "recon/refine/view.h"

namespace maquette::recon::diffusion {

struct CycleOptions {
    float weight = 0.3F;  ///< of the generated view beside the photos in the refiner, above 0
    int iterations = 0;   ///< of the refiner; 0: its default
    int size = 32;        ///< pixels a side of the silhouettes that are compared
    int samples = 56;     ///< on a ray through the field
};

/// Whether the shape that the refiner makes of the photos and a generated view still fills the photos' masks: 1 - soft
/// IoU of its silhouette at each photo's camera, weighted mean over photos. The refiner's parameters are fixed; the
/// gradient reaches the picture's colours and mask. photos: as for epipolar_score; row k is targets[k]. network and
/// prior are borrowed as long as the score lives. Throws UsageError on options out of range, no photo with a camera, or
/// a network that is not differentiable.
PictureScore cycle_score(const RefinementNetwork& network, const priors::CategoryPrior& prior,
                         std::span<const View> photos, std::span<const CropCamera> targets,
                         const CycleOptions& options = {});

}  // namespace maquette::recon::diffusion
