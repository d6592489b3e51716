#pragma once

#include <cmath>

#include "recon/data/shape_dataset.h"

namespace maquette::recon::encoders::testing {

/// A dark disc with a bright upper half in the middle of a white picture, facing the camera.
inline DatasetView disc_view(int radius = 40) {
    DatasetView view;
    view.rgb = render::Image(128, 128, 3, 255);
    view.mask = render::Image(128, 128, 1, 0);
    view.depth = render::FloatImage(128, 128, 1, 0);
    view.normal = render::FloatImage(128, 128, 3, 0);
    for (int y = 0; y < 128; ++y) {
        for (int x = 0; x < 128; ++x) {
            if (std::hypot(x - 63.5, y - 63.5) > radius) continue;
            view.mask.at(x, y) = 255;
            for (int c = 0; c < 3; ++c) view.rgb.at(x, y, c) = y < 64 ? 220 : 40;
            view.depth.at(x, y) = 2;
            view.normal.at(x, y, 2) = -1;
        }
    }
    return view;
}

}  // namespace maquette::recon::encoders::testing
