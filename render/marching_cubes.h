#pragma once

#include <Eigen/Core>
#include <vector>

#include "render/triangle_mesh.h"

namespace maquette::render {

/// Values at the points of a cubic lattice, negative inside. Layout [z, y, x], x fastest.
struct Lattice {
    int resolution = 0;
    double spacing = 1;                                ///< object units
    Eigen::Vector3d origin = Eigen::Vector3d::Zero();  ///< the first point, in the object frame
    std::vector<float> values;                         ///< [resolution, resolution, resolution], finite, none is 0

    [[nodiscard]] std::size_t index(int x, int y, int z) const {
        const auto r = static_cast<std::size_t>(resolution);
        return (static_cast<std::size_t>(z) * r + static_cast<std::size_t>(y)) * r + static_cast<std::size_t>(x);
    }
    [[nodiscard]] float at(int x, int y, int z) const { return values[index(x, y, z)]; }
};

/// The zero surface by marching cubes (Open3D's UniformTSDFVolume, in blocks so that memory stays bounded). Linear
/// along the lattice's edges, vertices shared, triangles counter-clockwise seen from outside, normals from the
/// gradient. Closed when no value on the lattice's border is negative. The same bits whatever the number of threads.
TriangleMesh marching_cubes(const Lattice& lattice);

}  // namespace maquette::render
