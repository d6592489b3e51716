#pragma once

#include <string>

#include "recon/cli/lens_distortion.h"
#include "render/camera.h"

namespace maquette::recon::cli {

/// A photo in a reconstruction of another program's.
struct PosedPhoto {
    std::string name;       ///< path as the file has it, possibly without extension
    std::string entry;      ///< file and place in it, for messages
    render::Camera camera;  ///< cam_from_object: from the file's world; width and height 0: the photo's
    LensDistortion lens;
    double field_of_view_x = 0;  ///< radians; above 0: with the photo's width this is the focal length, fx and fy unset
};

}  // namespace maquette::recon::cli
