#pragma once

#include "render/kernels/portable.h"
#include "render/kernels/scatter.h"

namespace maquette::render::kernels {

/// Feature maps of several pictures with the camera of each, borrowed.
struct Pictures {
    int channels;
    int height;
    int width;
    /// [pictures, 3, 4] row-major P: pixel = (P0 x / P2 x, P1 x / P2 x) for x = (object frame, 1), as fractions of the
    /// picture's width and height; P2 x is the depth.
    const float* projections;
};

/// The four pixels around the place where a cell's centre falls.
struct PixelsAround {
    long long index[4];  ///< flat [y, x]; -1: outside the picture
    float weight[4];
};

/// cell: flat [z, y, x] of a cubic grid around the origin. False when its centre is behind the camera or outside the
/// picture.
MAQUETTE_HOST_DEVICE inline bool find_pixels_around(const Pictures& pictures, int resolution, float side, int picture,
                                                    long long cell, PixelsAround& pixels) {
    constexpr float nearest_depth = 1e-3F;
    const float* p = pictures.projections + 12 * static_cast<long long>(picture);
    const float step = side / static_cast<float>(resolution);
    const long long line = cell / resolution;
    const long long layer = line / resolution;
    const float x = (static_cast<float>(cell - line * resolution) + 0.5F) * step - 0.5F * side;
    const float y = (static_cast<float>(line - layer * resolution) + 0.5F) * step - 0.5F * side;
    const float z = (static_cast<float>(layer) + 0.5F) * step - 0.5F * side;
    const float depth = p[8] * x + p[9] * y + p[10] * z + p[11];
    if (!(depth > nearest_depth)) return false;
    const float u = (p[0] * x + p[1] * y + p[2] * z + p[3]) / depth * static_cast<float>(pictures.width) - 0.5F;
    const float v = (p[4] * x + p[5] * y + p[6] * z + p[7]) / depth * static_cast<float>(pictures.height) - 0.5F;
    if (!(u > -1 && v > -1 && u < static_cast<float>(pictures.width) && v < static_cast<float>(pictures.height))) {
        return false;
    }
    // Shifted by one, truncation rounds down.
    const int u0 = static_cast<int>(u + 1) - 1;
    const int v0 = static_cast<int>(v + 1) - 1;
    const float fu = u - static_cast<float>(u0);
    const float fv = v - static_cast<float>(v0);
    for (int corner = 0; corner < 4; ++corner) {
        const int column = u0 + (corner & 1);
        const int row = v0 + (corner >> 1);
        const bool inside = column >= 0 && row >= 0 && column < pictures.width && row < pictures.height;
        pixels.index[corner] = inside ? static_cast<long long>(row) * pictures.width + column : -1;
        pixels.weight[corner] = ((corner & 1) != 0 ? fu : 1 - fu) * ((corner & 2) != 0 ? fv : 1 - fv);
    }
    return true;
}

/// Features of pictures at the centres of a grid's cells, bilinear, 0 outside a picture. One index for each cell of
/// each picture.
struct LiftFeatures {
    Pictures pictures;
    const float* features;  ///< [pictures, channels, height, width]
    int resolution;
    float side;     ///< of the grid's cube, object units
    float* volume;  ///< [pictures, channels, z, y, x]

    MAQUETTE_HOST_DEVICE void operator()(long long index) const {
        const long long cells = static_cast<long long>(resolution) * resolution * resolution;
        const long long pixels = static_cast<long long>(pictures.height) * pictures.width;
        const long long cell = index % cells;
        const auto picture = static_cast<int>(index / cells);
        PixelsAround around{};
        const bool seen = find_pixels_around(pictures, resolution, side, picture, cell, around);
        for (int c = 0; c < pictures.channels; ++c) {
            const long long channel = static_cast<long long>(picture) * pictures.channels + c;
            float sum = 0;
            for (int corner = 0; seen && corner < 4; ++corner) {
                if (around.index[corner] < 0) continue;
                sum += around.weight[corner] * features[channel * pixels + around.index[corner]];
            }
            volume[channel * cells + cell] = sum;
        }
    }
};

/// Gradient of LiftFeatures with respect to the features. One index for each cell of each picture.
struct LiftFeaturesBackward {
    Pictures pictures;
    int resolution;
    float side;
    const float* volume_gradients;  ///< [pictures, channels, z, y, x]
    ScatterSums gradients;          ///< [pictures, channels, height, width]

    MAQUETTE_HOST_DEVICE void operator()(long long index) const {
        const long long cells = static_cast<long long>(resolution) * resolution * resolution;
        const long long pixels = static_cast<long long>(pictures.height) * pictures.width;
        const long long cell = index % cells;
        const auto picture = static_cast<int>(index / cells);
        PixelsAround around{};
        if (!find_pixels_around(pictures, resolution, side, picture, cell, around)) return;
        for (int c = 0; c < pictures.channels; ++c) {
            const long long channel = static_cast<long long>(picture) * pictures.channels + c;
            const float gradient = volume_gradients[channel * cells + cell];
            for (int corner = 0; corner < 4; ++corner) {
                if (around.index[corner] < 0) continue;
                gradients.add(channel * pixels + around.index[corner], gradient * around.weight[corner]);
            }
        }
    }
};

}  // namespace maquette::render::kernels
