#pragma once

#include <optional>
#include <string>

#include "recon/refine/view.h"

namespace maquette::recon {

/// make_view with as many pixels a side as the crop has in the photo, at least `view_size`, at most `most_size`.
View make_sharp_view(const render::Image& image, const render::FloatImage& mask,
                     const std::optional<render::Camera>& camera, const std::string& name, int most_size);

}  // namespace maquette::recon
