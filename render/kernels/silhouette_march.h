#pragma once

#include <cmath>

#include "render/kernels/ray_march.h"

namespace maquette::render::kernels {

/// How thick a field of log-odds is along the ray of a pixel: the sum of log(1 + exp(l)) over the samples. A pixel's
/// coverage is 1 - exp(-thickness), what RayMarch gives for the occupancies 1 / (1 + exp(-l)); kept as a thickness,
/// rays through much solid still have a gradient that carves it. One index for each pixel.
struct SilhouetteMarch {
    Field log_odds;
    float outside;  ///< log-odds beyond the cube
    PinholeCamera camera;
    int width;
    int steps;
    float nearest;     ///< depth along Z of the first sample's cell
    float farthest;    ///< of the last one's
    float* thickness;  ///< [height, width]
    float* peak;       ///< [height, width] greatest log-odds met: 0 or more where a hard silhouette is

    /// Beyond this the sum is as good as its argument, or nothing.
    static constexpr float certain = 10;

    MAQUETTE_HOST_DEVICE void operator()(long long pixel) const {
        const RaySamples samples(camera, width, pixel, nearest, farthest, steps);
        float sum = 0;
        float greatest = outside;
        for (int i = 0; i < steps; ++i) {
            float p[3];
            samples.place(samples.depth(i), p);
            const float l = sample_field(log_odds, p[0], p[1], p[2], outside);
            greatest = l > greatest ? l : greatest;
            if (l > certain) {
                sum += l;
            } else if (l > -certain) {
                sum += std::log1p(std::exp(l));
            }
        }
        thickness[pixel] = sum;
        peak[pixel] = greatest;
    }
};

/// Gradient of the thickness with respect to the field. One index for each pixel.
struct SilhouetteMarchBackward {
    SilhouetteMarch forward;
    const float* thickness_gradients;  ///< [height, width]
    ScatterSums gradients;             ///< [z, y, x]

    MAQUETTE_HOST_DEVICE void operator()(long long pixel) const {
        const SilhouetteMarch& f = forward;
        const float gradient = thickness_gradients[pixel];
        if (gradient == 0) return;
        const RaySamples samples(f.camera, f.width, pixel, f.nearest, f.farthest, f.steps);
        const Field& field = f.log_odds;
        for (int i = 0; i < f.steps; ++i) {
            float p[3];
            samples.place(samples.depth(i), p);
            CellsAround cells{};
            if (!find_cells_around(field.resolution, field.side, p[0], p[1], p[2], cells)) continue;
            float l = 0;
            for (int corner = 0; corner < 8; ++corner) {
                l += cells.weight(corner) * (cells.index[corner] >= 0 ? field.values[cells.index[corner]] : f.outside);
            }
            if (l < -SilhouetteMarch::certain) continue;
            const float slope = gradient / (1 + std::exp(-l));
            for (int corner = 0; corner < 8; ++corner) {
                if (cells.index[corner] >= 0) gradients.add(cells.index[corner], slope * cells.weight(corner));
            }
        }
    }
};

}  // namespace maquette::render::kernels
