#pragma once

#include "render/kernels/portable.h"

namespace maquette::render::kernels {

/// Cubic grid of cell-centred values [z, y, x] around the origin, borrowed.
struct Field {
    const float* values;
    int resolution;
    float side;  ///< object units
};

/// The eight cells whose centres surround a point.
struct CellsAround {
    long long index[8];  ///< flat [z, y, x]; -1: outside the cube
    float fraction[3];   ///< 0..1 of the way to the upper cell: x, y, z

    /// Share of a corner: bit 0 of `corner` is its upper cell along x, bit 1 along y, bit 2 along z.
    [[nodiscard]] MAQUETTE_HOST_DEVICE float along(int corner, int axis) const {
        return ((corner >> axis) & 1) != 0 ? fraction[axis] : 1 - fraction[axis];
    }
    [[nodiscard]] MAQUETTE_HOST_DEVICE float weight(int corner) const {
        return along(corner, 0) * along(corner, 1) * along(corner, 2);
    }
};

/// False when (x, y, z), object frame, is a cell or more outside the outermost centres: then every corner is outside.
MAQUETTE_HOST_DEVICE inline bool find_cells_around(int resolution, float side, float x, float y, float z,
                                                   CellsAround& cells) {
    const int r = resolution;
    const float scale = static_cast<float>(r) / side;
    const float half = 0.5F * static_cast<float>(r) - 0.5F;
    const float gx = x * scale + half;
    const float gy = y * scale + half;
    const float gz = z * scale + half;
    const auto top = static_cast<float>(r);
    if (!(gx > -1 && gy > -1 && gz > -1 && gx < top && gy < top && gz < top)) return false;
    // Shifted by one, truncation rounds down.
    const int x0 = static_cast<int>(gx + 1) - 1;
    const int y0 = static_cast<int>(gy + 1) - 1;
    const int z0 = static_cast<int>(gz + 1) - 1;
    cells.fraction[0] = gx - static_cast<float>(x0);
    cells.fraction[1] = gy - static_cast<float>(y0);
    cells.fraction[2] = gz - static_cast<float>(z0);
    for (int corner = 0; corner < 8; ++corner) {
        const int cx = x0 + (corner & 1);
        const int cy = y0 + ((corner >> 1) & 1);
        const int cz = z0 + (corner >> 2);
        const bool inside = cx >= 0 && cy >= 0 && cz >= 0 && cx < r && cy < r && cz < r;
        cells.index[corner] = inside ? (static_cast<long long>(cz) * r + cy) * r + cx : -1;
    }
    return true;
}

/// Trilinear value at (x, y, z), object frame. Cells outside the cube count as `outside`, so that the value fades over
/// half a cell beyond the border.
MAQUETTE_HOST_DEVICE inline float sample_field(const Field& field, float x, float y, float z, float outside) {
    CellsAround cells{};
    if (!find_cells_around(field.resolution, field.side, x, y, z, cells)) return outside;
    float sum = 0;
    for (int corner = 0; corner < 8; ++corner) {
        sum += cells.weight(corner) * (cells.index[corner] >= 0 ? field.values[cells.index[corner]] : outside);
    }
    return sum;
}

}  // namespace maquette::render::kernels
