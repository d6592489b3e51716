#include "recon/refine/correspondence.h"

#include <fmt/format.h>

#include "render/error.h"

namespace maquette::recon {

DisplacementGrid::DisplacementGrid(int resolution, double side) {
    axes.fill(render::Grid(resolution, 0, side));
}

Eigen::Vector3f DisplacementGrid::at(const Eigen::Vector3f& x_in_object) const {
    return {render::sample_trilinear(axes[0], x_in_object), render::sample_trilinear(axes[1], x_in_object),
            render::sample_trilinear(axes[2], x_in_object)};
}

DisplacementGrid composed(const DisplacementGrid& before, const DisplacementGrid& last) {
    if (before.empty()) return last;
    if (last.empty()) return before;
    DisplacementGrid result = last;
    const int n = last.axes[0].resolution;
    for (int z = 0; z < n; ++z) {
        for (int y = 0; y < n; ++y) {
            for (int x = 0; x < n; ++x) {
                const std::size_t i = last.axes[0].index(x, y, z);
                const Eigen::Vector3f moved(last.axes[0].values[i], last.axes[1].values[i], last.axes[2].values[i]);
                const Eigen::Vector3f earlier = before.at(last.axes[0].centre(x, y, z) + moved);
                for (int axis = 0; axis < 3; ++axis) {
                    result.axes[static_cast<std::size_t>(axis)].values[i] += earlier[axis];
                }
            }
        }
    }
    return result;
}

void add_scaled(DisplacementGrid& sum, const DisplacementGrid& part, double weight) {
    if (part.empty()) return;
    if (sum.empty()) sum = DisplacementGrid(part.axes[0].resolution, part.axes[0].side);
    for (std::size_t axis = 0; axis < 3; ++axis) {
        auto& values = sum.axes[axis].values;
        if (values.size() != part.axes[axis].values.size()) {
            throw UsageError(fmt::format("displacements on {} and {} cells a side cannot be added",
                                         sum.axes[axis].resolution, part.axes[axis].resolution));
        }
        for (std::size_t i = 0; i < values.size(); ++i) {
            values[i] += static_cast<float>(weight) * part.axes[axis].values[i];
        }
    }
}

std::vector<Eigen::Vector3f> places_before(const DisplacementGrid& displacement,
                                           std::span<const Eigen::Vector3f> points) {
    std::vector<Eigen::Vector3f> places(points.begin(), points.end());
    if (displacement.empty()) return places;
    for (Eigen::Vector3f& place : places) place += displacement.at(place);
    return places;
}

}  // namespace maquette::recon
