#pragma once

#include "render/kernels/sample_field.h"

namespace maquette::render::kernels {

/// Row-major camera for kernels: x_cam = R x + t; pixel = (fx X/Z + cx, fy Y/Z + cy).
struct PinholeCamera {
    float rotation[9];
    float translation[3];
    float fx, fy, cx, cy;
};

/// Coverage and mean depth of one pixel of an occupancy field. Samples are spaced evenly in depth; each hides what is
/// behind it by its occupancy.
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
        const long long column = pixel % width;
        const long long row = pixel / width;
        const float u = (static_cast<float>(column) + 0.5F - camera.cx) / camera.fx;
        const float v = (static_cast<float>(row) + 0.5F - camera.cy) / camera.fy;
        const float* r = camera.rotation;
        const float* t = camera.translation;
        const float step = (farthest - nearest) / static_cast<float>(steps);
        float clear = 1;
        float depth_sum = 0;
        for (int i = 0; i < steps && clear > 1e-3F; ++i) {
            const float z = nearest + (static_cast<float>(i) + 0.5F) * step;
            const float px = u * z - t[0];
            const float py = v * z - t[1];
            const float pz = z - t[2];
            // The inverse of a rotation is its transpose.
            const float occupied =
                sample_field(occupancy, r[0] * px + r[3] * py + r[6] * pz, r[1] * px + r[4] * py + r[7] * pz,
                             r[2] * px + r[5] * py + r[8] * pz, 0.0F);
            depth_sum += clear * occupied * (z - t[2]);
            clear *= 1 - occupied;
        }
        const float covered = 1 - clear;
        coverage[pixel] = covered;
        depth[pixel] = covered > 1e-3F ? depth_sum / covered : 0;
    }
};

}  // namespace maquette::render::kernels
