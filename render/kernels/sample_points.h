#pragma once

#include "render/kernels/sample_field.h"
#include "render/kernels/scatter.h"

namespace maquette::render::kernels {

/// Several channels on one cubic grid around the origin, [channels, z, y, x], borrowed. Outside the cube every channel
/// is 0.
struct Volume {
    const float* values;
    int channels;
    int resolution;
    float side;  ///< object units

    [[nodiscard]] MAQUETTE_HOST_DEVICE long long cells() const {
        return static_cast<long long>(resolution) * resolution * resolution;
    }
};

/// Trilinear values of all channels at points. One index for each point.
struct SamplePoints {
    Volume volume;
    const float* points;  ///< [count, 3] object frame
    long long count;
    float* values;  ///< [channels, count]

    MAQUETTE_HOST_DEVICE void operator()(long long point) const {
        CellsAround cells{};
        const float* p = points + 3 * point;
        const bool inside = find_cells_around(volume.resolution, volume.side, p[0], p[1], p[2], cells);
        for (int channel = 0; channel < volume.channels; ++channel) {
            const float* grid = volume.values + channel * volume.cells();
            float sum = 0;
            for (int corner = 0; inside && corner < 8; ++corner) {
                if (cells.index[corner] >= 0) sum += cells.weight(corner) * grid[cells.index[corner]];
            }
            values[channel * count + point] = sum;
        }
    }
};

/// Gradient of SamplePoints with respect to the points: gathered, one index for each point.
struct SamplePointsBackwardToPoints {
    Volume volume;
    const float* points;           ///< [count, 3]
    const float* value_gradients;  ///< [channels, count]
    long long count;
    float* point_gradients;  ///< [count, 3]

    MAQUETTE_HOST_DEVICE void operator()(long long point) const {
        CellsAround cells{};
        const float* p = points + 3 * point;
        float slope[3] = {0, 0, 0};
        if (find_cells_around(volume.resolution, volume.side, p[0], p[1], p[2], cells)) {
            for (int corner = 0; corner < 8; ++corner) {
                if (cells.index[corner] < 0) continue;
                float sum = 0;
                for (int channel = 0; channel < volume.channels; ++channel) {
                    sum += value_gradients[channel * count + point] *
                           volume.values[channel * volume.cells() + cells.index[corner]];
                }
                for (int axis = 0; axis < 3; ++axis) {
                    const float sign = ((corner >> axis) & 1) != 0 ? 1.0F : -1.0F;
                    slope[axis] +=
                        sign * cells.along(corner, (axis + 1) % 3) * cells.along(corner, (axis + 2) % 3) * sum;
                }
            }
        }
        const float scale = static_cast<float>(volume.resolution) / volume.side;
        for (int axis = 0; axis < 3; ++axis) point_gradients[3 * point + axis] = slope[axis] * scale;
    }
};

/// Gradient of SamplePoints with respect to the volume. One index for each point.
struct SamplePointsBackwardToVolume {
    int channels;
    int resolution;
    float side;
    const float* points;           ///< [count, 3]
    const float* value_gradients;  ///< [channels, count]
    long long count;
    ScatterSums gradients;  ///< [channels, z, y, x]

    MAQUETTE_HOST_DEVICE void operator()(long long point) const {
        CellsAround cells{};
        const float* p = points + 3 * point;
        if (!find_cells_around(resolution, side, p[0], p[1], p[2], cells)) return;
        const long long size = static_cast<long long>(resolution) * resolution * resolution;
        for (int channel = 0; channel < channels; ++channel) {
            const float gradient = value_gradients[channel * count + point];
            for (int corner = 0; corner < 8; ++corner) {
                if (cells.index[corner] < 0) continue;
                gradients.add(channel * size + cells.index[corner], gradient * cells.weight(corner));
            }
        }
    }
};

}  // namespace maquette::render::kernels
