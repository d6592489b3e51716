#pragma once

#include <optional>
#include <string>

#include "render/camera.h"
#include "render/image.h"

namespace maquette::recon {

/// One photo of the object as the networks see it: a square crop around the foreground.
struct View {
    render::Image rgb;                     ///< [S, S, 3] sRGB over white
    render::FloatImage mask;               ///< [S, S, 1] coverage 0..1
    std::optional<render::Camera> camera;  ///< of the crop; empty: unknown
    float weight = 1;                      ///< >= 0; 0 leaves the view out
    std::string name;                      ///< for messages
    bool generated = false;                ///< drawn by a network, no photo
};

inline constexpr int view_size = 128;     ///< S: pixels
inline constexpr double view_fill = 0.9;  ///< the foreground's longest side fills this much of the crop

/// Cuts the foreground out of a photo. `mask` may be empty: then it is taken from the photo (alpha, or a plain
/// background). The camera, when given, is that of the whole photo and is moved into the crop.
/// Throws InputError when there is no foreground or the mask's size differs from the image's.
View make_view(const render::Image& image, const render::FloatImage& mask, const std::optional<render::Camera>& camera,
               const std::string& name);

}  // namespace maquette::recon
