#pragma once

#include <string>

#include "priors/category_prior.h"
#include "render/image.h"
#include "render/triangle_mesh.h"

namespace maquette::priors {

struct PictureOptions {
    int cell_size = 160;     ///< pixels
    int max_exemplars = 12;  ///< further ones are counted in the title
    std::string title;       ///< empty: the prior's name and the number of exemplars
};

/// Surface of one exemplar as the refiner sees it: its occupancy at one half, lightly smoothed. May be empty.
render::TriangleMesh exemplar_surface(const Exemplar& exemplar);

/// One shape between the exemplars: the level of their mean distance that encloses as much as they do on average. (At
/// level 0 thin parts that do not meet would vanish.) May be empty. Throws UsageError on an empty prior.
render::TriangleMesh in_between_surface(const CategoryPrior& prior);

/// A contact sheet, one row a shape, seen from the front, its left (camera on +X), the back and its right, a little
/// from above: with several exemplars first the mean occupancy and the in-between shape, then
/// each exemplar. Throws UsageError on an empty prior or a cell size below 1.
render::Image prior_picture(const CategoryPrior& prior, const PictureOptions& options = {});

}  // namespace maquette::priors
