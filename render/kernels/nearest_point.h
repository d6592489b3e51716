#pragma once

#include "render/kernels/portable.h"
#include "render/kernels/scatter.h"

namespace maquette::render::kernels {

/// Nearest of a set of points, all compared: what the Chamfer distance needs. Of equally near ones the first. One index
/// for each query.
struct NearestPoint {
    const float* queries;  ///< [queries, 3]
    const float* points;   ///< [count, 3]
    int count;             ///< at least 1
    float* squared_distances;
    int* nearest;

    MAQUETTE_HOST_DEVICE void operator()(long long query) const {
        const float x = queries[3 * query];
        const float y = queries[3 * query + 1];
        const float z = queries[3 * query + 2];
        float least = 3.4e38F;
        int found = 0;
        for (int i = 0; i < count; ++i) {
            const float* p = points + 3 * static_cast<long long>(i);
            const float dx = x - p[0];
            const float dy = y - p[1];
            const float dz = z - p[2];
            const float squared = dx * dx + dy * dy + dz * dz;
            if (squared < least) {
                least = squared;
                found = i;
            }
        }
        squared_distances[query] = least;
        nearest[query] = found;
    }
};

/// Gradient of the squared distances with respect to queries and points; which point is nearest counts as given. One
/// index for each query.
struct NearestPointBackward {
    const float* queries;
    const float* points;
    const int* nearest;
    const float* distance_gradients;  ///< [queries]
    float* query_gradients;           ///< [queries, 3]
    ScatterSums point_gradients;      ///< [count, 3]

    MAQUETTE_HOST_DEVICE void operator()(long long query) const {
        const long long point = nearest[query];
        for (int axis = 0; axis < 3; ++axis) {
            const float gradient =
                2 * distance_gradients[query] * (queries[3 * query + axis] - points[3 * point + axis]);
            query_gradients[3 * query + axis] = gradient;
            point_gradients.add(3 * point + axis, -gradient);
        }
    }
};

}  // namespace maquette::render::kernels
