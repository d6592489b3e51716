#pragma once

#include "render/kernels/portable.h"

namespace maquette::render::kernels {

/// Cubic grid of cell-centred values [z, y, x] around the origin, borrowed.
struct Field {
    const float* values;
    int resolution;
    float side;  ///< object units
};

/// Trilinear value at (x, y, z), object frame. Cells outside the cube count as `outside`, so that the value fades over
/// half a cell beyond the border.
MAQUETTE_HOST_DEVICE inline float sample_field(const Field& field, float x, float y, float z, float outside) {
    const int r = field.resolution;
    const float scale = static_cast<float>(r) / field.side;
    const float half = 0.5F * static_cast<float>(r) - 0.5F;
    const float gx = x * scale + half;
    const float gy = y * scale + half;
    const float gz = z * scale + half;
    const auto top = static_cast<float>(r);
    if (!(gx > -1 && gy > -1 && gz > -1 && gx < top && gy < top && gz < top)) return outside;
    // Shifted by one, truncation rounds down.
    const int x0 = static_cast<int>(gx + 1) - 1;
    const int y0 = static_cast<int>(gy + 1) - 1;
    const int z0 = static_cast<int>(gz + 1) - 1;
    const float fx = gx - static_cast<float>(x0);
    const float fy = gy - static_cast<float>(y0);
    const float fz = gz - static_cast<float>(z0);
    float sum = 0;
    for (int corner = 0; corner < 8; ++corner) {
        const int cx = x0 + (corner & 1);
        const int cy = y0 + ((corner >> 1) & 1);
        const int cz = z0 + (corner >> 2);
        const float weight =
            ((corner & 1) != 0 ? fx : 1 - fx) * ((corner & 2) != 0 ? fy : 1 - fy) * ((corner & 4) != 0 ? fz : 1 - fz);
        const bool inside = cx >= 0 && cy >= 0 && cz >= 0 && cx < r && cy < r && cz < r;
        sum += weight * (inside ? field.values[(static_cast<long long>(cz) * r + cy) * r + cx] : outside);
    }
    return sum;
}

}  // namespace maquette::render::kernels
