#pragma once

#include <filesystem>
#include <optional>

#include "recon/refine/view.h"

namespace maquette::recon::cli {

/// Reads a photo and cuts its foreground out. Throws InputError that names the file.
View read_view(const std::filesystem::path& photo, std::optional<render::Camera> camera = {});

}  // namespace maquette::recon::cli
