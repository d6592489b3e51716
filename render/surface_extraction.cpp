#include "render/surface_extraction.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "render/error.h"
#include "render/marching_cubes.h"

namespace maquette::render {

namespace {

/// Cells. A value of exactly 0 would put up to six vertices on one point and make triangles without area; moved by so
/// little, every vertex lies inside its own edge.
constexpr float smallest_value = 1e-4F;

/// The field in a lattice one cell larger on each side, all of it outside there, so that the surface closes.
/// value_of(grid value) is negative inside; a border cell continues its nearest cell's value, if that is outside.
template <typename ValueOf>
Lattice padded_lattice(const Grid& grid, float unit, ValueOf value_of) {
    if (grid.resolution < 1) {
        throw UsageError("cannot extract a surface from a field of resolution 0");
    }
    Lattice lattice;
    lattice.resolution = grid.resolution + 2;
    lattice.spacing = grid.cell();
    lattice.origin = Eigen::Vector3d::Constant(-grid.side / 2 - grid.cell() / 2);
    const auto n = static_cast<std::size_t>(lattice.resolution);
    lattice.values.resize(n * n * n);
    const float smallest = smallest_value * unit;
    for (int z = 0; z < lattice.resolution; ++z) {
        for (int y = 0; y < lattice.resolution; ++y) {
            for (int x = 0; x < lattice.resolution; ++x) {
                const Eigen::Vector3i source(x - 1, y - 1, z - 1);
                const Eigen::Vector3i cell = source.cwiseMax(0).cwiseMin(grid.resolution - 1);
                const float stored = grid.at(cell.x(), cell.y(), cell.z());
                if (!std::isfinite(stored)) {
                    throw Error(
                        fmt::format("the field to extract a surface from holds {} at cell ({}, {}, {}); the "
                                    "computation that made it failed",
                                    stored, cell.x(), cell.y(), cell.z()));
                }
                float value = value_of(stored);
                if (cell != source) {
                    value = std::max(value, 0.0F) + unit;
                }
                lattice.values[lattice.index(x, y, z)] =
                    value < 0 ? std::min(value, -smallest) : std::max(value, smallest);
            }
        }
    }
    return lattice;
}

}  // namespace

TriangleMesh extract_surface(const VoxelGrid& occupancy, float threshold) {
    if (!std::isfinite(threshold)) {
        throw UsageError(fmt::format("cannot extract a surface at threshold {}", threshold));
    }
    return marching_cubes(padded_lattice(occupancy, std::max(threshold, smallest_value),
                                         [threshold](float value) { return threshold - value; }));
}

TriangleMesh extract_surface(const SignedDistanceGrid& distance) {
    return marching_cubes(
        padded_lattice(distance, static_cast<float>(distance.cell()), [](float value) { return value; }));
}

}  // namespace maquette::render
