#pragma once

#include "render/image.h"

namespace maquette::render {

struct CentralPart {
    Image object;         ///< [height, width, 1] 255 inside, else 0; empty of 255 where there was nothing
    bool others = false;  ///< others were there, of a size to be objects of their own
};

/// The connected part that is large and central, and what lies within its bounds. object: one channel, 0: outside.
CentralPart central_part(const Image& object);

}  // namespace maquette::render
