#include "render/surface_rasterizer.h"

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>

#include "render/parallel.h"

namespace maquette::render {

namespace {

using Eigen::Vector3d;
using Corners = std::array<Vector3d, 3>;

/// Cells; keeps a cell that the triangle touches by no more than rounding.
constexpr double slack = 1e-9;

/// The cells (their lower corner as coordinates) that a separating axis does not part from the triangle.
struct Slab {
    Vector3d axis;
    double low;
    double high;

    Slab(const Vector3d& axis_, const Corners& triangle) : axis(axis_) {
        const std::array<double, 3> along = {axis.dot(triangle[0]), axis.dot(triangle[1]), axis.dot(triangle[2])};
        const auto [nearest, farthest] = std::minmax({along[0], along[1], along[2]});
        const double tolerance = slack * axis.lpNorm<1>();
        low = nearest - axis.cwiseMax(0.0).sum() - tolerance;
        high = farthest - axis.cwiseMin(0.0).sum() + tolerance;
    }
};

struct Interval {
    double low;
    double high;

    void clip(const Slab& slab, double y, double z) {
        const double rest = slab.axis.y() * y + slab.axis.z() * z;
        const double a = slab.axis.x();
        if (a == 0) {
            if (rest < slab.low || rest > slab.high) {
                high = low - 1;
            }
            return;
        }
        const double first = (slab.low - rest) / a;
        const double second = (slab.high - rest) / a;
        low = std::max(low, std::min(first, second));
        high = std::min(high, std::max(first, second));
    }
};

/// Edge directions crossed with the coordinate axes, and the plane. With the bounding box, which the loops below
/// are, these are all the axes that can separate a triangle from a box.
std::array<Slab, 10> slabs_of(const Corners& t) {
    const Vector3d a = t[1] - t[0];
    const Vector3d b = t[2] - t[1];
    const Vector3d c = t[0] - t[2];
    const auto cross_x = [](const Vector3d& e) { return Vector3d(0, -e.z(), e.y()); };
    const auto cross_y = [](const Vector3d& e) { return Vector3d(e.z(), 0, -e.x()); };
    const auto cross_z = [](const Vector3d& e) { return Vector3d(-e.y(), e.x(), 0); };
    return {Slab(a.cross(b), t), Slab(cross_x(a), t), Slab(cross_x(b), t), Slab(cross_x(c), t), Slab(cross_y(a), t),
            Slab(cross_y(b), t), Slab(cross_y(c), t), Slab(cross_z(a), t), Slab(cross_z(b), t), Slab(cross_z(c), t)};
}

void mark(BitGrid& grid, int first, int last, int y, int z) {
    BitGrid::Word* row = grid.row(y, z);
    for (int w = first / BitGrid::word_bits; w <= last / BitGrid::word_bits; ++w) {
        const int low = std::max(first - w * BitGrid::word_bits, 0);
        const int high = std::min(last - w * BitGrid::word_bits, BitGrid::word_bits - 1);
        const BitGrid::Word bits = (~BitGrid::Word{0} >> (BitGrid::word_bits - 1 - (high - low))) << low;
        std::atomic_ref<BitGrid::Word>(row[w]).fetch_or(bits, std::memory_order_relaxed);
    }
}

void rasterize(BitGrid& grid, const Corners& triangle) {
    const Vector3d low = triangle[0].cwiseMin(triangle[1]).cwiseMin(triangle[2]);
    const Vector3d high = triangle[0].cwiseMax(triangle[1]).cwiseMax(triangle[2]);
    if (low.maxCoeff() > grid.resolution || high.minCoeff() < 0) {
        return;
    }
    const double last_cell = grid.resolution - 1;
    // A cell is closed: a corner on the border between two cells touches both.
    const auto first_of = [&](double v) {
        return static_cast<int>(std::clamp(std::ceil(v - 1 - slack), 0.0, last_cell));
    };
    const auto last_of = [&](double v) { return static_cast<int>(std::clamp(std::floor(v + slack), 0.0, last_cell)); };
    const int x0 = first_of(low.x());
    const int x1 = last_of(high.x());
    const int y0 = first_of(low.y());
    const int y1 = last_of(high.y());
    const int z0 = first_of(low.z());
    const int z1 = last_of(high.z());
    if (x0 == x1 && y0 == y1 && z0 == z1) {
        mark(grid, x0, x1, y0, z0);
        return;
    }
    const std::array<Slab, 10> slabs = slabs_of(triangle);
    for (int z = z0; z <= z1; ++z) {
        for (int y = y0; y <= y1; ++y) {
            Interval x{static_cast<double>(x0), static_cast<double>(x1)};
            for (const Slab& slab : slabs) {
                x.clip(slab, y, z);
            }
            // An empty interval may have infinite ends, which no int holds.
            const double first = std::ceil(x.low);
            const double last = std::floor(x.high);
            if (first <= last) {
                mark(grid, static_cast<int>(first), static_cast<int>(last), y, z);
            }
        }
    }
}

}  // namespace

BitGrid touched_cells(const TriangleMesh& mesh, int resolution, double side) {
    BitGrid grid(resolution);
    const double cells_per_unit = resolution / side;
    const auto in_cells = [&](int vertex) -> Vector3d {
        return (mesh.vertices[static_cast<std::size_t>(vertex)].cast<double>().array() + side / 2) * cells_per_unit;
    };
    constexpr std::size_t grain = 2048;
    parallel_for(mesh.triangles.size(), grain, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            const Eigen::Vector3i& t = mesh.triangles[i];
            rasterize(grid, {in_cells(t[0]), in_cells(t[1]), in_cells(t[2])});
        }
    });
    return grid;
}

}  // namespace maquette::render
