#pragma once

#include <Eigen/Core>
#include <vector>

#include "render/image.h"

namespace maquette::render {

/// A line drawn over a photo: what it touches is the object, or is not.
struct Scribble {
    bool object = true;
    double width = 12;                    ///< of the line, pixels of the photo
    std::vector<Eigen::Vector2d> points;  ///< pixels, (0, 0) is the photo's top left corner; a single one is a dot
    bool operator==(const Scribble&) const = default;
};

/// `mask` corrected by scribbles, the later ones over the earlier: what they touch, and what has the same colours
/// around it (Rother et al., "GrabCut", 2004), up to the photo's edges (He et al., "Guided image filtering", 2013). The
/// rest of the mask stays as it is. rgb: 3 channels; mask: [height, width, 1] 0..1. The same bits every time. Throws
/// UsageError where their sizes differ.
FloatImage corrected_mask(const Image& rgb, const FloatImage& mask, const std::vector<Scribble>& scribbles);

}  // namespace maquette::render
