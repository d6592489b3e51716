#pragma once

#include <optional>
#include <string>
#include <vector>

#include "render/image.h"

namespace maquette::render {

/// Pixels of an image, from its top left.
struct PixelBox {
    int x = 0;
    int y = 0;
    int width = 0;
    int height = 0;
};

struct Cutout {
    FloatImage mask;                    ///< [height, width, 1] 0..1
    std::string source;                 ///< alpha | plain background | found | box
    std::vector<std::string> warnings;  ///< what makes the picture a poor one, and what to do: a sentence each
};

/// The object of a photo. By its alpha channel where it has one; by the border's colour where that is plain; otherwise
/// by what differs from the surroundings (minimum barrier distance to the border: Zhang et al., "Minimum barrier
/// salient object detection at 80 fps", ICCV 2015), refined by colours (Rother et al., "GrabCut", 2004) and to the
/// photo's edges (He et al., "Guided image filtering", 2013). Of several objects the most central one. box: the
/// object's surroundings, all of it inside. The same bits every time. Throws InputError where nothing is found, the box
/// is not within the picture, or the image has no 1 to 4 channels.
Cutout cut_out(const Image& image, const std::optional<PixelBox>& box = {});

}  // namespace maquette::render
