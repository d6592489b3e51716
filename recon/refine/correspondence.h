#pragma once

#include <Eigen/Core>
#include <array>
#include <span>
#include <vector>

#include "render/grid.h"

namespace maquette::recon {

/// From where each place of a shape came: what is at x was at x + displacement(x) in the shape before. Object units.
struct DisplacementGrid {
    std::array<render::Grid, 3> axes;  ///< along x, y and z, all of one resolution

    DisplacementGrid() = default;
    /// Nothing moved.
    explicit DisplacementGrid(int resolution, double side = render::default_grid_side);

    [[nodiscard]] bool empty() const { return axes[0].values.empty(); }
    /// Trilinear; outside the cube the value at the clamped point.
    [[nodiscard]] Eigen::Vector3f at(const Eigen::Vector3f& x_in_object) const;
};

/// Two moves as one, `last` made after `before`: D(x) = last(x) + before(x + last(x)). An empty one moves nothing.
/// On the cells of `last`.
DisplacementGrid composed(const DisplacementGrid& before, const DisplacementGrid& last);

/// sum + weight * part, cell by cell; an empty sum counts as zeros. Throws UsageError when the resolutions differ.
void add_scaled(DisplacementGrid& sum, const DisplacementGrid& part, double weight);

/// Where the points of a result were in the shape before: x + displacement(x), [N, 3].
std::vector<Eigen::Vector3f> places_before(const DisplacementGrid& displacement,
                                           std::span<const Eigen::Vector3f> points);

}  // namespace maquette::recon
