#pragma once

#include <filesystem>
#include <vector>

#include "recon/cli/posed_photo.h"

namespace maquette::recon::cli {

/// Reads cameras.txt and images.txt of a COLMAP text model (https://colmap.github.io/format.html), camera models
/// SIMPLE_PINHOLE, PINHOLE, SIMPLE_RADIAL, RADIAL and OPENCV. Points are not looked at. Throws InputError that names
/// file, line and value when something is missing, not finite, no rotation, or of another model.
std::vector<PosedPhoto> read_colmap_model(const std::filesystem::path& folder);

}  // namespace maquette::recon::cli
