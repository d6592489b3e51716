#pragma once

#include <span>
#include <string>

#include "priors/category_prior.h"
#include "recon/refine/view.h"
#include "render/image.h"
#include "render/triangle_mesh.h"

namespace maquette::recon::cli {

/// One picture: photo(s) and prior on the left, the result from four sides. `prior_threshold`: occupancy at which the
/// prior's mean is shown.
render::Image reconstruction_preview(std::span<const View> views, const priors::CategoryPrior& prior,
                                     float prior_threshold, const render::TriangleMesh& result,
                                     const std::string& title);

}  // namespace maquette::recon::cli
