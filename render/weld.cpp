#include <algorithm>
#include <cmath>
#include <cstdint>
#include <unordered_map>

#include "render/triangle_mesh.h"

namespace maquette::render {
namespace {

using Cell = Eigen::Matrix<std::int64_t, 3, 1>;

struct CellHash {
    std::size_t operator()(const Cell& cell) const {
        std::uint64_t hash = 0;
        for (const std::int64_t coordinate : cell) {
            hash = (hash ^ static_cast<std::uint64_t>(coordinate)) * 0x9E3779B97F4A7C15U;
            hash ^= hash >> 29U;
        }
        return hash;
    }
};

/// Finds earlier points closer than a tolerance, or at the very same place.
class PointIndex {
public:
    PointIndex(float tolerance, float extent)
        : tolerance_(std::max(0.0F, tolerance)),
          // Cells far below the coordinates' own precision would only overflow their numbers.
          cell_size_(std::max({static_cast<double>(tolerance_), 1e-6 * static_cast<double>(extent), 1e-30})) {}

    /// -1: there is none.
    [[nodiscard]] int find(const Eigen::Vector3f& point, const std::vector<Eigen::Vector3f>& points) const {
        const Cell middle = cell_of(point);
        int found = -1;
        for (std::int64_t dz = -1; dz <= 1; ++dz) {
            for (std::int64_t dy = -1; dy <= 1; ++dy) {
                for (std::int64_t dx = -1; dx <= 1; ++dx) {
                    const auto cell = cells_.find(middle + Cell(dx, dy, dz));
                    if (cell == cells_.end()) {
                        continue;
                    }
                    for (const int candidate : cell->second) {
                        const Eigen::Vector3f& other = points[static_cast<std::size_t>(candidate)];
                        const bool same = other == point || (other - point).norm() < tolerance_;
                        if (same && (found < 0 || candidate < found)) {
                            found = candidate;
                        }
                    }
                }
            }
        }
        return found;
    }

    void add(const Eigen::Vector3f& point, int index) { cells_[cell_of(point)].push_back(index); }

private:
    [[nodiscard]] Cell cell_of(const Eigen::Vector3f& point) const {
        const Eigen::Vector3d scaled = (point.cast<double>() / cell_size_).array().floor();
        return scaled.cwiseMax(-1e15).cwiseMin(1e15).cast<std::int64_t>();
    }

    float tolerance_;
    double cell_size_;
    std::unordered_map<Cell, std::vector<int>, CellHash> cells_;
};

bool has_area(const Eigen::Vector3f& a, const Eigen::Vector3f& b, const Eigen::Vector3f& c) {
    const Eigen::Vector3d first = b.cast<double>() - a.cast<double>();
    const Eigen::Vector3d second = c.cast<double>() - a.cast<double>();
    return first.cross(second).squaredNorm() > 0;
}

}  // namespace

TriangleMesh welded(const TriangleMesh& mesh, float tolerance) {
    const Eigen::AlignedBox3f box = mesh.bounding_box();
    const float extent = box.isEmpty() ? 0.0F : box.min().cwiseAbs().cwiseMax(box.max().cwiseAbs()).maxCoeff();
    PointIndex index(tolerance, extent);

    TriangleMesh result;
    result.materials = mesh.materials;
    std::vector<int> merged_into(mesh.vertices.size(), -1);
    std::vector<int> source_of;  // of the vertices that stay
    const auto merged = [&](int source) {
        int& target = merged_into[static_cast<std::size_t>(source)];
        if (target < 0) {
            const Eigen::Vector3f& position = mesh.vertices[static_cast<std::size_t>(source)];
            target = index.find(position, result.vertices);
            if (target < 0) {
                target = static_cast<int>(result.vertices.size());
                result.vertices.push_back(position);
                source_of.push_back(source);
                index.add(position, target);
            }
        }
        return target;
    };
    const auto position = [&](int vertex) -> const Eigen::Vector3f& {
        return result.vertices[static_cast<std::size_t>(vertex)];
    };
    for (std::size_t i = 0; i < mesh.triangles.size(); ++i) {
        const Eigen::Vector3i& source = mesh.triangles[i];
        const int a = merged(source[0]);
        const int b = merged(source[1]);
        const int c = merged(source[2]);
        if (a == b || b == c || c == a || !has_area(position(a), position(b), position(c))) {
            continue;
        }
        result.triangles.emplace_back(a, b, c);
        if (!mesh.triangle_uvs.empty()) {
            result.triangle_uvs.push_back(mesh.triangle_uvs[i]);
        }
        if (!mesh.material_ids.empty()) {
            result.material_ids.push_back(mesh.material_ids[i]);
        }
    }

    // Vertices that only degenerate triangles used go as well.
    std::vector<int> kept_as(result.vertices.size(), -1);
    std::vector<Eigen::Vector3f> kept;
    for (Eigen::Vector3i& triangle : result.triangles) {
        for (int& corner : triangle) {
            int& target = kept_as[static_cast<std::size_t>(corner)];
            if (target < 0) {
                target = static_cast<int>(kept.size());
                kept.push_back(position(corner));
                const auto source = static_cast<std::size_t>(source_of[static_cast<std::size_t>(corner)]);
                if (!mesh.vertex_normals.empty()) {
                    result.vertex_normals.push_back(mesh.vertex_normals[source]);
                }
                if (!mesh.vertex_colours.empty()) {
                    result.vertex_colours.push_back(mesh.vertex_colours[source]);
                }
            }
            corner = target;
        }
    }
    result.vertices = std::move(kept);
    return result;
}

}  // namespace maquette::render
