#pragma once

#include <filesystem>

#include "recon/refine/view.h"

namespace maquette::recon::cli {

/// Reads a photo and cuts its foreground out. Throws InputError that names the file.
View read_view(const std::filesystem::path& photo);

}  // namespace maquette::recon::cli
