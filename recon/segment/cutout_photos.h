#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "recon/data/shape_dataset.h"

namespace maquette::recon::segment {

/// Photographs of objects without their background, as objects of composites: colours and coverage alone are set.
struct CutoutPhotos {
    std::vector<DatasetView> views;   ///< in the order of the paths
    std::vector<std::string> groups;  ///< name of the folder that holds each
    std::string digest;               ///< over the files
};

/// Every picture below the folder that is transparent somewhere and opaque somewhere, with a shorter side of at most
/// `kept_side` pixels. Throws InputError when there are fewer than two.
CutoutPhotos read_cutouts(const std::filesystem::path& folder, int kept_side);

}  // namespace maquette::recon::segment
