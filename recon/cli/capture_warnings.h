#pragma once

#include <string>
#include <vector>

#include "recon/cli/camera_file.h"
#include "recon/cli/photo.h"

namespace maquette::recon::cli {

/// What of how a photo was taken lies outside of what networks were trained on, by the covariate encoder that is
/// shipped; empty where there is none. A sentence each, as Photo::warnings. What neither the user nor the photo's file
/// says of the camera is read from the picture. Throws InputError when the weights are broken.
std::vector<std::string> capture_warnings(const Photo& photo, const GivenCamera& given);

}  // namespace maquette::recon::cli
