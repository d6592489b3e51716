#include "render/carved_solid.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "render/error.h"
#include "render/surface_rasterizer.h"
#include "render/visibility_carving.h"

namespace maquette::render {

namespace {

/// A fine grid of this resolution takes some 2 GB.
constexpr int largest_fine_resolution = 1100;

int checked_fine_resolution(const TriangleMesh& mesh, int resolution, const SolidRule& rule, double side) {
    mesh.validate("the mesh to voxelise");
    if (resolution < 1 || rule.supersampling < 1 || !std::isfinite(side) || side <= 0) {
        throw UsageError(
            fmt::format("cannot voxelise at resolution {} with supersampling {} over a cube of side {}; all "
                        "must be above 0",
                        resolution, rule.supersampling, side));
    }
    const auto fine = (static_cast<std::int64_t>(resolution) + 2) * rule.supersampling;
    if (fine > largest_fine_resolution) {
        throw UsageError(
            fmt::format("voxelising at resolution {} with supersampling {} needs a fine grid of {}^3; at "
                        "most {} is supported, lower one of the two",
                        resolution, rule.supersampling, fine, largest_fine_resolution));
    }
    return static_cast<int>(fine);
}

/// Every cell within one cell, edges and corners included.
BitGrid dilated(const BitGrid& grid) {
    const int n = grid.resolution;
    BitGrid along_x = grid;
    for (int z = 0; z < n; ++z) {
        for (int y = 0; y < n; ++y) {
            or_shifted(along_x.row(y, z), grid.row(y, z), grid.row_words, 1, 0);
            or_shifted(along_x.row(y, z), grid.row(y, z), grid.row_words, -1, 0);
        }
    }
    const auto with_neighbour_rows = [n](const BitGrid& source, int step_y, int step_z) {
        BitGrid result = source;
        for (int z = 0; z < n; ++z) {
            for (int y = 0; y < n; ++y) {
                for (const int sign : {-1, 1}) {
                    if (source.contains_row(y + sign * step_y, z + sign * step_z)) {
                        or_shifted(result.row(y, z), source.row(y + sign * step_y, z + sign * step_z), source.row_words,
                                   0, 0);
                    }
                }
            }
        }
        return result;
    };
    BitGrid result = with_neighbour_rows(with_neighbour_rows(along_x, 1, 0), 0, 1);
    result.clear_padding();
    return result;
}

}  // namespace

CarvedSolid::CarvedSolid(const TriangleMesh& mesh, int resolution, const SolidRule& rule, double side)
    : resolution_(resolution), supersampling_(rule.supersampling), side_(side) {
    const int fine_resolution = checked_fine_resolution(mesh, resolution, rule, side);
    walls_ = touched_cells(mesh, fine_resolution, side * (resolution + 2) / resolution);
    outside_ = carve_outside(walls_, rule.gap_cells, rule.min_open_directions);
}

Eigen::Vector3f CarvedSolid::in_fine_cells(const Eigen::Vector3f& x_in_object) const {
    return (x_in_object.array() / static_cast<float>(fine_cell()) + static_cast<float>(walls_.resolution) / 2).matrix();
}

Eigen::Vector3f CarvedSolid::fine_centre(int x, int y, int z) const {
    const Eigen::Vector3f index(static_cast<float>(x), static_cast<float>(y), static_cast<float>(z));
    return ((index.array() + 0.5F - static_cast<float>(walls_.resolution) / 2) * static_cast<float>(fine_cell()))
        .matrix();
}

template <typename Visit>
void CarvedSolid::for_each_coarse(const BitGrid& fine, Visit visit) const {
    std::size_t cell = 0;
    std::vector<BitGrid::Word> column(static_cast<std::size_t>(fine.row_words));
    for (int z = 0; z < resolution_; ++z) {
        for (int y = 0; y < resolution_; ++y) {
            std::fill(column.begin(), column.end(), BitGrid::Word{0});
            for (int k = 0; k < supersampling_; ++k) {
                for (int j = 0; j < supersampling_; ++j) {
                    or_shifted(column.data(), fine.row(first_fine_cell(y) + j, first_fine_cell(z) + k), fine.row_words,
                               0, 0);
                }
            }
            for (int x = 0; x < resolution_; ++x) {
                bool any = false;
                for (int i = 0; i < supersampling_; ++i) {
                    const int bit = first_fine_cell(x) + i;
                    any = any ||
                          ((column[static_cast<std::size_t>(bit / BitGrid::word_bits)] >> (bit % BitGrid::word_bits)) &
                           1U) != 0;
                }
                visit(cell++, any);
            }
        }
    }
}

VoxelGrid CarvedSolid::occupancy() const {
    BitGrid solid = outside_;
    for (BitGrid::Word& word : solid.words) {
        word = ~word;
    }
    VoxelGrid grid(resolution_, 0, side_);
    for_each_coarse(solid, [&](std::size_t cell, bool any) { grid.values[cell] = any ? 1.0F : 0.0F; });
    return grid;
}

std::vector<std::uint8_t> CarvedSolid::walled_cells() const {
    const auto n = static_cast<std::size_t>(resolution_);
    std::vector<std::uint8_t> walled(n * n * n);
    for_each_coarse(walls_, [&](std::size_t cell, bool any) { walled[cell] = any ? 1 : 0; });
    return walled;
}

BitGrid CarvedSolid::sheets() const {
    BitGrid inside = outside_;
    for (std::size_t i = 0; i < inside.words.size(); ++i) {
        inside.words[i] = ~(outside_.words[i] | walls_.words[i]);
    }
    inside.clear_padding();
    const BitGrid near_inside = dilated(dilated(inside));
    BitGrid result = walls_;
    for (std::size_t i = 0; i < result.words.size(); ++i) {
        result.words[i] &= ~near_inside.words[i];
    }
    return result;
}

}  // namespace maquette::render
