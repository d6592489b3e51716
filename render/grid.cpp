#include "render/grid.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "render/error.h"

namespace maquette::render {

namespace {

/// Where a coordinate falls between cell centres along one axis.
struct CellInterval {
    int lower = 0;
    int upper = 0;
    float upper_weight = 0;
};

CellInterval interval_between_centres(float position_in_cells, int resolution) {
    const auto last = static_cast<float>(resolution - 1);
    // A NaN fails both comparisons of clamp and would index anywhere.
    const float clamped = std::isnan(position_in_cells) ? 0.0F : std::clamp(position_in_cells, 0.0F, last);
    CellInterval interval;
    interval.lower = static_cast<int>(clamped);
    interval.upper = std::min(interval.lower + 1, resolution - 1);
    interval.upper_weight = clamped - static_cast<float>(interval.lower);
    return interval;
}

float sample_between(const Grid& grid, const CellInterval& ix, const CellInterval& iy, const CellInterval& iz) {
    const auto along_x = [&](int y, int z) {
        const float lower = grid.at(ix.lower, y, z);
        return lower + ix.upper_weight * (grid.at(ix.upper, y, z) - lower);
    };
    const auto along_y = [&](int z) {
        const float lower = along_x(iy.lower, z);
        return lower + iy.upper_weight * (along_x(iy.upper, z) - lower);
    };
    const float lower = along_y(iz.lower);
    return lower + iz.upper_weight * (along_y(iz.upper) - lower);
}

VoxelGrid box_mean(const VoxelGrid& grid, int resolution) {
    const int factor = grid.resolution / resolution;
    const double scale = 1.0 / (static_cast<double>(factor) * factor * factor);
    VoxelGrid result(resolution, 0, grid.side);
    for (int z = 0; z < resolution; ++z) {
        for (int y = 0; y < resolution; ++y) {
            for (int x = 0; x < resolution; ++x) {
                double sum = 0;
                for (int k = 0; k < factor; ++k) {
                    for (int j = 0; j < factor; ++j) {
                        const float* row = &grid.values[grid.index(x * factor, y * factor + j, z * factor + k)];
                        for (int i = 0; i < factor; ++i) {
                            sum += static_cast<double>(row[i]);
                        }
                    }
                }
                result.at(x, y, z) = static_cast<float>(sum * scale);
            }
        }
    }
    return result;
}

VoxelGrid interpolated(const VoxelGrid& grid, int resolution) {
    VoxelGrid result(resolution, 0, grid.side);
    std::vector<CellInterval> intervals(static_cast<std::size_t>(resolution));
    const float ratio = static_cast<float>(grid.resolution) / static_cast<float>(resolution);
    for (int i = 0; i < resolution; ++i) {
        intervals[static_cast<std::size_t>(i)] =
            interval_between_centres((static_cast<float>(i) + 0.5F) * ratio - 0.5F, grid.resolution);
    }
    std::size_t cell = 0;
    for (const CellInterval& iz : intervals) {
        for (const CellInterval& iy : intervals) {
            for (const CellInterval& ix : intervals) {
                result.values[cell++] = sample_between(grid, ix, iy, iz);
            }
        }
    }
    return result;
}

}  // namespace

float sample_trilinear(const Grid& grid, const Eigen::Vector3f& x_in_object) {
    if (grid.resolution < 1) {
        throw UsageError("cannot sample a grid of resolution 0");
    }
    const auto half = static_cast<float>(grid.side / 2);
    const auto cells_per_unit = static_cast<float>(1.0 / grid.cell());
    const auto interval = [&](float coordinate) {
        return interval_between_centres((coordinate + half) * cells_per_unit - 0.5F, grid.resolution);
    };
    return sample_between(grid, interval(x_in_object.x()), interval(x_in_object.y()), interval(x_in_object.z()));
}

VoxelGrid resampled(const VoxelGrid& grid, int resolution) {
    if (grid.resolution < 1 || resolution < 1) {
        throw UsageError(fmt::format("cannot resample a grid from resolution {} to {}; both must be at least 1",
                                     grid.resolution, resolution));
    }
    if (resolution == grid.resolution) {
        return grid;
    }
    if (resolution < grid.resolution && grid.resolution % resolution == 0) {
        return box_mean(grid, resolution);
    }
    return interpolated(grid, resolution);
}

}  // namespace maquette::render
