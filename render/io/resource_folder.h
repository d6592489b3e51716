#pragma once

#include <filesystem>

#include "render/io/mesh_io.h"

namespace maquette::render {

/// Opens files beside a mesh: path separators of either kind, case ignored where the exact name does not exist, and for
/// names from another machine ("C:/work/wood.jpg") the bare file name. At most 256 MB a file.
ResourceReader resource_folder(const std::filesystem::path& folder);

}  // namespace maquette::render
