#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "render/image.h"

namespace maquette::recon::encoders {

struct PhotoFolder {
    std::vector<render::Image> photos;         ///< in the order of the paths
    std::vector<std::filesystem::path> files;  ///< of the photos
    std::string digest;                        ///< over the files
};

/// Every picture file below the folder that can be read, the others named on stderr. Kept with shorter sides of at most
/// `kept_side` pixels. Throws InputError when there are fewer than two.
PhotoFolder read_photo_folder(const std::filesystem::path& folder, int kept_side);

}  // namespace maquette::recon::encoders
