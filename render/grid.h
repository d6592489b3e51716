#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <vector>

namespace maquette::render {

/// Side of every grid's cube in object units: the unit box with a margin of one voxel of 32 on each side.
inline constexpr double default_grid_side = 34.0 / 32.0;

/// Cubic grid of cell-centred values around the origin of the object frame.
/// Layout [z, y, x], x fastest, which is torch's [D, H, W].
struct Grid {
    int resolution = 0;
    double side = default_grid_side;  ///< object units
    std::vector<float> values;        ///< [resolution, resolution, resolution]

    Grid() = default;
    explicit Grid(int resolution_, float fill = 0, double side_ = default_grid_side)
        : resolution(resolution_),
          side(side_),
          values(static_cast<std::size_t>(resolution_) * static_cast<std::size_t>(resolution_) *
                     static_cast<std::size_t>(resolution_),
                 fill) {}

    [[nodiscard]] double cell() const { return side / resolution; }
    [[nodiscard]] std::size_t index(int x, int y, int z) const {
        const auto r = static_cast<std::size_t>(resolution);
        return (static_cast<std::size_t>(z) * r + static_cast<std::size_t>(y)) * r + static_cast<std::size_t>(x);
    }
    float& at(int x, int y, int z) { return values[index(x, y, z)]; }
    [[nodiscard]] float at(int x, int y, int z) const { return values[index(x, y, z)]; }
    [[nodiscard]] Eigen::Vector3f centre(int x, int y, int z) const {
        const auto c = static_cast<float>(cell());
        const auto half = static_cast<float>(side / 2);
        return {(static_cast<float>(x) + 0.5F) * c - half, (static_cast<float>(y) + 0.5F) * c - half,
                (static_cast<float>(z) + 0.5F) * c - half};
    }
};

/// Occupancy in 0..1, real-valued where it is a mean or a prediction.
struct VoxelGrid : Grid {
    using Grid::Grid;
};

/// Signed distance in object units, negative inside.
struct SignedDistanceGrid : Grid {
    using Grid::Grid;
};

/// Trilinear interpolation at a point of the object frame; outside the cube the value at the clamped point.
float sample_trilinear(const Grid& grid, const Eigen::Vector3f& x_in_object);

/// Resampled to another resolution over the same cube (trilinear when refining, box mean when coarsening by an
/// integer).
VoxelGrid resampled(const VoxelGrid& grid, int resolution);

}  // namespace maquette::render
