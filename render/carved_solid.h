#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "render/bit_grid.h"
#include "render/voxelize.h"

namespace maquette::render {

/// The fine grids behind a coarse one: what the surface touches and what lies outside. One coarse cell of free space
/// surrounds the coarse grid's cube, so that lines enter from everywhere even when the surface touches the cube.
class CarvedSolid {
public:
    CarvedSolid(const TriangleMesh& mesh, int resolution, const SolidRule& rule, double side);

    [[nodiscard]] int resolution() const { return resolution_; }
    [[nodiscard]] int supersampling() const { return supersampling_; }
    [[nodiscard]] double side() const { return side_; }
    /// Object units.
    [[nodiscard]] double fine_cell() const { return side_ / resolution_ / supersampling_; }

    [[nodiscard]] const BitGrid& walls() const { return walls_; }
    [[nodiscard]] const BitGrid& outside() const { return outside_; }
    /// Index of a coarse cell's first fine cell along one axis.
    [[nodiscard]] int first_fine_cell(int coarse) const { return (coarse + 1) * supersampling_; }
    /// In fine cells, from the fine grids' lower corner.
    [[nodiscard]] Eigen::Vector3f in_fine_cells(const Eigen::Vector3f& x_in_object) const;
    [[nodiscard]] Eigen::Vector3f fine_centre(int x, int y, int z) const;

    [[nodiscard]] VoxelGrid occupancy() const;
    /// 1 for the coarse cells that hold a wall. [resolution, resolution, resolution]
    [[nodiscard]] std::vector<std::uint8_t> walled_cells() const;
    /// Walls with no inside cell within two cells: sheets, and solids too thin for the fine grid.
    [[nodiscard]] BitGrid sheets() const;

private:
    /// Calls visit(flat index, any) for each coarse cell: does it hold one of the fine cells?
    template <typename Visit>
    void for_each_coarse(const BitGrid& fine, Visit visit) const;

    int resolution_;
    int supersampling_;
    double side_;
    BitGrid walls_;
    BitGrid outside_;
};

}  // namespace maquette::render
