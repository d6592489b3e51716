#include "viewer/studio/distance_grid.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "render/distance_transform.h"

namespace maquette::viewer {

render::SignedDistanceGrid distance_to_points(std::span<const Eigen::Vector3f> points) {
    constexpr int cells = 64;
    render::SignedDistanceGrid grid(cells, 1);
    if (points.empty()) return grid;
    std::vector<std::uint8_t> marked(grid.values.size(), 0);
    for (const Eigen::Vector3f& point : points) {
        Eigen::Vector3i cell;
        for (int axis = 0; axis < 3; ++axis) {
            const double at = (point[axis] + grid.side / 2) / grid.cell();
            cell[axis] = std::clamp(static_cast<int>(std::floor(at)), 0, cells - 1);
        }
        marked[grid.index(cell.x(), cell.y(), cell.z())] = 1;
    }
    const std::vector<float> squared = render::squared_distance_to_marked(marked, cells);
    for (std::size_t i = 0; i < squared.size(); ++i) {
        // Half a cell less: a point is seldom in its cell's middle.
        grid.values[i] = static_cast<float>(std::max(std::sqrt(squared[i]) - 0.5F, 0.0F) * grid.cell());
    }
    return grid;
}

}  // namespace maquette::viewer
