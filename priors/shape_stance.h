#pragma once

#include <Eigen/Core>
#include <array>

#include "render/triangle_mesh.h"

namespace maquette::priors {

/// How a shape would rest on the ground if one of its sides were the bottom.
struct Support {
    float hull_fraction = 0;     ///< convex hull of the contact points over the footprint of the bounding box, 0..1
    float contact_fraction = 0;  ///< faces on the ground over the hull of the contact points, 0..1; small: legs
    bool balanced = false;       ///< the centroid of the surface is above the hull
};

/// What the surface alone says about how a shape stands. Mesh axes in the order +x, -x, +y, -y, +z, -z or x, y, z;
/// lengths relative to the longest side of the bounding box.
struct ShapeStance {
    std::array<Support, 6> support;                 ///< by the direction that would be up
    std::array<float, 3> asymmetry{};               ///< mean distance to the mirror image across the axis's mid-plane
    std::array<Eigen::Vector3f, 6> upper_centroid;  ///< of the half towards the direction, minus that of the whole
};

/// Throws InputError on a mesh with no triangles or no extent.
ShapeStance measure_stance(const render::TriangleMesh& mesh);

}  // namespace maquette::priors
