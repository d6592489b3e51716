#include "render/self_intersections.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

namespace maquette::render {
namespace {

constexpr double cell_per_edge = 2;  // side of a cell, of the mean length of an edge

using Corners = std::array<Eigen::Vector3d, 3>;

/// Whether the open segment passes through the open triangle (Moeller and Trumbore, "Fast, minimum storage ray-triangle
/// intersection", 1997).
bool passes_through(const Eigen::Vector3d& from, const Eigen::Vector3d& to, const Corners& t) {
    const Eigen::Vector3d way = to - from;
    const Eigen::Vector3d edge1 = t[1] - t[0];
    const Eigen::Vector3d edge2 = t[2] - t[0];
    const Eigen::Vector3d across = way.cross(edge2);
    const double determinant = edge1.dot(across);
    if (determinant == 0) return false;
    const Eigen::Vector3d offset = from - t[0];
    const double u = offset.dot(across) / determinant;
    if (u <= 0 || u >= 1) return false;
    const Eigen::Vector3d turned = offset.cross(edge1);
    const double v = way.dot(turned) / determinant;
    if (v <= 0 || u + v >= 1) return false;
    const double along = edge2.dot(turned) / determinant;
    return along > 0 && along < 1;
}

bool cross(const Corners& a, const Corners& b) {
    for (std::size_t k = 0; k < 3; ++k) {
        if (passes_through(a[k], a[(k + 1) % 3], b) || passes_through(b[k], b[(k + 1) % 3], a)) return true;
    }
    return false;
}

struct Box {
    Eigen::Vector3i low;  ///< cells, inclusive
    Eigen::Vector3i high;
};

/// A triangle's stay in a cell.
struct Stay {
    std::uint64_t cell = 0;
    int triangle = 0;
};

std::uint64_t key_of(const Eigen::Vector3i& cell) {
    constexpr unsigned bits = 21;
    const auto part = [](int value) { return static_cast<std::uint64_t>(static_cast<unsigned>(value)); };
    return part(cell.x()) << (2 * bits) | part(cell.y()) << bits | part(cell.z());
}

bool share_corner(const Eigen::Vector3i& a, const Eigen::Vector3i& b) {
    return std::any_of(a.begin(), a.end(), [&](int corner) { return (b.array() == corner).any(); });
}

}  // namespace

int count_self_intersecting_triangles(const TriangleMesh& mesh) {
    if (mesh.empty()) return 0;
    const auto corners_of = [&](int triangle) {
        Corners corners;
        for (std::size_t k = 0; k < 3; ++k) {
            const int vertex = mesh.triangles[static_cast<std::size_t>(triangle)][static_cast<Eigen::Index>(k)];
            corners[k] = mesh.vertices[static_cast<std::size_t>(vertex)].cast<double>();
        }
        return corners;
    };
    const auto count = static_cast<int>(mesh.triangles.size());
    double edges = 0;
    for (int i = 0; i < count; ++i) {
        const Corners t = corners_of(i);
        for (std::size_t k = 0; k < 3; ++k) edges += (t[k] - t[(k + 1) % 3]).norm();
    }
    const Eigen::AlignedBox3d bounds = mesh.bounding_box().cast<double>();
    constexpr double most_cells = 1024;  // a side
    const double cell =
        std::max({cell_per_edge * edges / (3.0 * count), bounds.sizes().maxCoeff() / most_cells, 1e-12});
    std::vector<Box> boxes;
    std::vector<Stay> stays;
    for (int i = 0; i < count; ++i) {
        const Corners t = corners_of(i);
        const auto cell_of = [&](const Eigen::Vector3d& point) -> Eigen::Vector3i {
            return ((point - bounds.min()) / cell).array().floor().cast<int>().matrix();
        };
        const Box box{cell_of(t[0].cwiseMin(t[1]).cwiseMin(t[2])), cell_of(t[0].cwiseMax(t[1]).cwiseMax(t[2]))};
        boxes.push_back(box);
        for (int z = box.low.z(); z <= box.high.z(); ++z) {
            for (int y = box.low.y(); y <= box.high.y(); ++y) {
                for (int x = box.low.x(); x <= box.high.x(); ++x) stays.push_back({key_of({x, y, z}), i});
            }
        }
    }
    std::sort(stays.begin(), stays.end(), [](const Stay& a, const Stay& b) { return a.cell < b.cell; });
    std::vector<bool> cut(mesh.triangles.size(), false);
    for (std::size_t begin = 0; begin < stays.size();) {
        std::size_t end = begin;
        while (end < stays.size() && stays[end].cell == stays[begin].cell) ++end;
        for (std::size_t i = begin; i < end; ++i) {
            for (std::size_t j = i + 1; j < end; ++j) {
                const int a = stays[i].triangle;
                const int b = stays[j].triangle;
                const auto& box_a = boxes[static_cast<std::size_t>(a)];
                const auto& box_b = boxes[static_cast<std::size_t>(b)];
                // Each pair in one of the cells that both are in.
                const Eigen::Vector3i first = box_a.low.cwiseMax(box_b.low);
                if (key_of(first) != stays[begin].cell) continue;
                if (share_corner(mesh.triangles[static_cast<std::size_t>(a)],
                                 mesh.triangles[static_cast<std::size_t>(b)])) {
                    continue;
                }
                if (!cross(corners_of(a), corners_of(b))) continue;
                cut[static_cast<std::size_t>(a)] = true;
                cut[static_cast<std::size_t>(b)] = true;
            }
        }
        begin = end;
    }
    return static_cast<int>(std::count(cut.begin(), cut.end(), true));
}

}  // namespace maquette::render
