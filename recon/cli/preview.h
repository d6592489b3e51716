#pragma once

#include <optional>
#include <span>
#include <string>

#include "priors/category_prior.h"
#include "recon/refine/view.h"
#include "render/image.h"
#include "render/triangle_mesh.h"

namespace maquette::recon::cli {

/// What came of one prior.
struct PreviewedResult {
    const priors::CategoryPrior* prior = nullptr;
    const render::TriangleMesh* mesh = nullptr;
    std::optional<double> agreement;  ///< of photos and prior, 0..1
};

/// The mesh from the front right, a little above, in its colours where it has some. [320, 320, 3]
render::Image result_picture(const render::TriangleMesh& mesh);

/// One picture. A single result: photo(s) and prior on the left, the result from four sides. Several: the photo(s), and
/// a column for each prior and its result from the front and the back. `prior_threshold`: occupancy at which priors'
/// means are shown.
render::Image reconstruction_preview(std::span<const View> views, std::span<const PreviewedResult> results,
                                     float prior_threshold, const std::string& title);

}  // namespace maquette::recon::cli
