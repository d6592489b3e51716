#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "render/grid.h"

namespace maquette::render {

/// binvox 1 run-length format: axis order x, z, y of the file is turned to Grid's; cubes up to 1024.
/// Throws InputError on a malformed header, runs that do not fill the cube, or dimensions that differ.
VoxelGrid read_binvox(const std::filesystem::path& path);
VoxelGrid parse_binvox(std::string_view bytes, const std::string& what);

/// Occupied where value >= threshold. Atomic.
void write_binvox(const std::filesystem::path& path, const VoxelGrid& grid, float threshold);

}  // namespace maquette::render
