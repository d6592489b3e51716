#pragma once

#include "recon/cli/command_options.h"
#include "render/triangle_mesh.h"

namespace maquette::recon::cli {

/// File units of one object unit where --size-cm is given: metres for glb, obj and ply, millimetres for stl; 1 where it
/// is not. mesh: in the object frame.
double file_units(const ReconstructOptions& options, const render::TriangleMesh& mesh);

/// The mesh as it goes to options.output: scaled by file_units, and with z up where that is asked for and the format
/// leaves it open.
render::TriangleMesh exported_mesh(const ReconstructOptions& options, const render::TriangleMesh& mesh);

}  // namespace maquette::recon::cli
