#pragma once

#include <filesystem>

#include "render/triangle_mesh.h"

namespace maquette::recon::cli {

/// A mesh file as assimp has it, which is none of our readers of glb and stl: one mesh, the texture embedded or none.
/// Vertices that share a place in an stl stay apart. Empty where the file is broken or holds other than one mesh.
render::TriangleMesh read_by_assimp(const std::filesystem::path& file);

}  // namespace maquette::recon::cli
