#pragma once

#include <Eigen/Core>
#include <span>

#include "render/grid.h"

namespace maquette::viewer {

/// Distance to the nearest of the points, object units, without sign, on 64^3 cells: as exact as a cell. No points:
/// everything is far.
render::SignedDistanceGrid distance_to_points(std::span<const Eigen::Vector3f> points);

}  // namespace maquette::viewer
