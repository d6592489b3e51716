#pragma once

#include <array>
#include <memory>

#include "render/camera.h"
#include "viewer/drawing/packed_mesh.h"

namespace maquette::viewer {

/// Lines on the floor below the unit box, fading outwards. `shade`: grey level of the lines, 0..1
std::shared_ptr<const PackedLines> ground_grid(float shade);

/// The object frame's axes in the grid's corner: X red, Y green, Z (the front) blue.
std::shared_ptr<const PackedLines> axes();

/// A camera as a pyramid with its picture as the base, `depth` object units long.
std::shared_ptr<const PackedLines> camera_frustum(const render::Camera& camera, double depth,
                                                  const std::array<float, 3>& colour);

}  // namespace maquette::viewer
