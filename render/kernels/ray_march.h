#pragma once

#include "render/kernels/sample_field.h"
#include "render/kernels/scatter.h"

namespace maquette::render::kernels {

/// Row-major camera for kernels: x_cam = R x + t; pixel = (fx X/Z + cx, fy Y/Z + cy).
struct PinholeCamera {
    float rotation[9];
    float translation[3];
    float fx, fy, cx, cy;
};

/// Samples along the ray of a pixel, evenly spaced in depth.
struct RaySamples {
    PinholeCamera camera;
    float u = 0, v = 0;  ///< the ray is (u, v, 1) Z
    float nearest, step;

    MAQUETTE_HOST_DEVICE RaySamples(const PinholeCamera& from, int width, long long pixel, float nearest_depth,
                                    float farthest_depth, int steps)
        : camera(from), nearest(nearest_depth), step((farthest_depth - nearest_depth) / static_cast<float>(steps)) {
        const long long row = pixel / width;
        const long long column = pixel - row * width;
        u = (static_cast<float>(column) + 0.5F - from.cx) / from.fx;
        v = (static_cast<float>(row) + 0.5F - from.cy) / from.fy;
    }

    [[nodiscard]] MAQUETTE_HOST_DEVICE float depth(int sample) const {
        return nearest + (static_cast<float>(sample) + 0.5F) * step;
    }

    MAQUETTE_HOST_DEVICE void place(float z, float* point) const {
        const float* r = camera.rotation;
        const float* t = camera.translation;
        const float px = u * z - t[0];
        const float py = v * z - t[1];
        const float pz = z - t[2];
        // The inverse of a rotation is its transpose.
        point[0] = r[0] * px + r[3] * py + r[6] * pz;
        point[1] = r[1] * px + r[4] * py + r[7] * pz;
        point[2] = r[2] * px + r[5] * py + r[8] * pz;
    }
};

/// A ray is given up where no more than this much of what is behind shows through.
inline constexpr float least_clear = 1e-3F;

/// Coverage and mean depth of one pixel of an occupancy field. Samples are spaced evenly in depth; each hides what is
/// behind it by its occupancy. One index for each pixel.
struct RayMarch {
    Field occupancy;
    PinholeCamera camera;
    int width;
    int steps;
    float nearest;    ///< depth along Z of the first sample's cell
    float farthest;   ///< of the last one's
    float* coverage;  ///< [height, width] 0..1
    float* depth;     ///< [height, width] along Z, relative to the origin's; 0 where nothing is covered

    MAQUETTE_HOST_DEVICE void operator()(long long pixel) const {
        const RaySamples samples(camera, width, pixel, nearest, farthest, steps);
        float clear = 1;
        float depth_sum = 0;
        for (int i = 0; i < steps && clear > least_clear; ++i) {
            const float z = samples.depth(i);
            float p[3];
            samples.place(z, p);
            const float occupied = sample_field(occupancy, p[0], p[1], p[2], 0.0F);
            depth_sum += clear * occupied * (z - camera.translation[2]);
            clear *= 1 - occupied;
        }
        const float covered = 1 - clear;
        coverage[pixel] = covered;
        depth[pixel] = covered > 1e-3F ? depth_sum / covered : 0;
    }
};

/// Gradient of RayMarch with respect to the field. Occupancies must be below 1: at 1 they get none. One index for each
/// pixel.
struct RayMarchBackward {
    RayMarch forward;                 ///< as it ran
    const float* coverage_gradients;  ///< [height, width]
    const float* depth_gradients;     ///< [height, width]
    ScatterSums gradients;            ///< [z, y, x]

    MAQUETTE_HOST_DEVICE void operator()(long long pixel) const {
        const RayMarch& f = forward;
        const float covered = f.coverage[pixel];
        const bool has_depth = covered > 1e-3F;
        const float to_depth_sum = has_depth ? depth_gradients[pixel] / covered : 0;
        const float to_coverage = coverage_gradients[pixel] - to_depth_sum * f.depth[pixel];
        if (to_coverage == 0 && to_depth_sum == 0) return;
        const RaySamples samples(f.camera, f.width, pixel, f.nearest, f.farthest, f.steps);
        const float clear_behind = 1 - covered;
        float rest = has_depth ? f.depth[pixel] * covered : 0;  // of the depth's sum, from this sample on
        float clear = 1;
        for (int i = 0; i < f.steps && clear > least_clear; ++i) {
            const float z = samples.depth(i);
            float p[3];
            samples.place(z, p);
            CellsAround cells{};
            const Field& field = f.occupancy;
            if (!find_cells_around(field.resolution, field.side, p[0], p[1], p[2], cells)) continue;
            float occupied = 0;
            for (int corner = 0; corner < 8; ++corner) {
                if (cells.index[corner] >= 0) occupied += cells.weight(corner) * field.values[cells.index[corner]];
            }
            const float beyond = z - f.camera.translation[2];
            rest -= clear * occupied * beyond;
            const float open = 1 - occupied;
            if (open > 0) {
                const float gradient =
                    to_coverage * clear_behind / open + to_depth_sum * (clear * beyond - rest / open);
                for (int corner = 0; corner < 8; ++corner) {
                    if (cells.index[corner] >= 0) gradients.add(cells.index[corner], gradient * cells.weight(corner));
                }
            }
            clear *= open;
        }
    }
};

}  // namespace maquette::render::kernels
