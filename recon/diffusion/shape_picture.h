#pragma once

#include <torch/types.h>

#include <span>

#include "recon/refine/view.h"
#include "render/camera.h"
#include "render/grid.h"
#include "render/image.h"
#include "render/triangle_mesh.h"

namespace maquette::recon::diffusion {

/// The shape so far as a mesh in the photos' colours (surface_evidence). threshold: occupancy that is solid. Throws
/// UsageError where nothing reaches it.
render::TriangleMesh coloured_shape(const render::VoxelGrid& occupancy, float threshold, std::span<const View> photos);

/// Pictures of a mesh with vertex colours as they are, unlit, since the photos' light is in them: [N, 4, size, size],
/// red, green, blue over white and mask, each -1..1. cameras: square.
torch::Tensor pictures_of_shape(const render::TriangleMesh& mesh, std::span<const render::Camera> cameras, int size);

}  // namespace maquette::recon::diffusion
