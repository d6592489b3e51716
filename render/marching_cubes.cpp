#include "render/marching_cubes.h"

#include <open3d/geometry/TriangleMesh.h>
#include <open3d/pipelines/integration/UniformTSDFVolume.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <unordered_map>

#include "render/parallel.h"

namespace maquette::render {

namespace {

using open3d::pipelines::integration::TSDFVolumeColorType;
using open3d::pipelines::integration::UniformTSDFVolume;

/// Lattice points along a block; neighbouring blocks share one layer of points.
constexpr int block_points = 66;

/// Positions in lattice units from the lattice's first point.
struct BlockSurface {
    std::vector<Eigen::Vector3d> vertices;
    std::vector<Eigen::Vector3i> triangles;
};

class Block {
public:
    Block(const Lattice& lattice, const Eigen::Vector3i& first) : lattice_(lattice), first_(first) {
        points_ = (Eigen::Vector3i::Constant(lattice.resolution) - first).cwiseMin(block_points);
    }

    [[nodiscard]] bool holds_surface() const {
        bool any_inside = false;
        bool any_outside = false;
        for (int z = 0; z < points_.z(); ++z) {
            for (int y = 0; y < points_.y(); ++y) {
                const float* row = &lattice_.values[lattice_.index(first_.x(), first_.y() + y, first_.z() + z)];
                for (int x = 0; x < points_.x(); ++x) {
                    any_inside = any_inside || row[x] < 0;
                    any_outside = any_outside || row[x] >= 0;
                }
                if (any_inside && any_outside) {
                    return true;
                }
            }
        }
        return false;
    }

    /// volume: of voxels of unit length, at least as many along each axis as the block has points.
    [[nodiscard]] BlockSurface extract(UniformTSDFVolume& volume) const {
        for (int x = 0; x < volume.resolution_; ++x) {
            for (int y = 0; y < volume.resolution_; ++y) {
                for (int z = 0; z < volume.resolution_; ++z) {
                    auto& voxel = volume.voxels_[static_cast<std::size_t>(volume.IndexOf(x, y, z))];
                    const bool known = x < points_.x() && y < points_.y() && z < points_.z();
                    voxel.weight_ = known ? 1.0F : 0.0F;
                    voxel.tsdf_ = known ? lattice_.at(first_.x() + x, first_.y() + y, first_.z() + z) : 1.0F;
                }
            }
        }
        const auto mesh = volume.ExtractTriangleMesh();
        BlockSurface surface;
        surface.triangles = std::move(mesh->triangles_);
        surface.vertices = std::move(mesh->vertices_);
        // Open3D puts the values into the middle of its voxels.
        const Eigen::Vector3d shift = first_.cast<double>().array() - 0.5;
        for (Eigen::Vector3d& vertex : surface.vertices) {
            vertex += shift;
        }
        return surface;
    }

private:
    const Lattice& lattice_;
    Eigen::Vector3i first_;
    Eigen::Vector3i points_;
};

/// The lattice edge that a vertex lies on: two of its coordinates are whole, the third lies strictly between.
struct LatticeEdge {
    Eigen::Vector3i start;
    int axis = 0;
    double fraction = 0;  ///< 0..1 from start

    explicit LatticeEdge(const Eigen::Vector3d& position) {
        const Eigen::Array3d nearest = position.array().round();
        (position.array() - nearest).abs().maxCoeff(&axis);
        start = nearest.matrix().cast<int>();
        start[axis] = static_cast<int>(std::floor(position[axis]));
        fraction = position[axis] - start[axis];
    }
};

Eigen::Vector3f gradient_at(const Lattice& lattice, const Eigen::Vector3i& point) {
    Eigen::Vector3f gradient;
    for (int axis = 0; axis < 3; ++axis) {
        Eigen::Vector3i low = point;
        Eigen::Vector3i high = point;
        low[axis] = std::max(low[axis] - 1, 0);
        high[axis] = std::min(high[axis] + 1, lattice.resolution - 1);
        gradient[axis] = (lattice.at(high.x(), high.y(), high.z()) - lattice.at(low.x(), low.y(), low.z())) /
                         static_cast<float>(high[axis] - low[axis]);
    }
    return gradient;
}

Eigen::Vector3f normal_at(const Lattice& lattice, const LatticeEdge& edge) {
    Eigen::Vector3i end = edge.start;
    ++end[edge.axis];
    const auto t = static_cast<float>(edge.fraction);
    const Eigen::Vector3f gradient = (1 - t) * gradient_at(lattice, edge.start) + t * gradient_at(lattice, end);
    const float length = gradient.norm();
    if (length > 0) {
        return gradient / length;
    }
    // A part one cell thin may have no gradient at all; the edge itself runs from inside to outside.
    const bool start_inside = lattice.at(edge.start.x(), edge.start.y(), edge.start.z()) < 0;
    return Eigen::Vector3f::Unit(edge.axis) * (start_inside ? 1.0F : -1.0F);
}

/// Puts the blocks' surfaces together: vertices on the layers that blocks share become one.
class Assembly {
public:
    explicit Assembly(const Lattice& lattice) : lattice_(lattice) {}

    void add(const BlockSurface& surface) {
        std::vector<int> index(surface.vertices.size());
        for (std::size_t i = 0; i < surface.vertices.size(); ++i) {
            index[i] = index_of(surface.vertices[i]);
        }
        for (const Eigen::Vector3i& t : surface.triangles) {
            mesh_.triangles.emplace_back(index[static_cast<std::size_t>(t[0])], index[static_cast<std::size_t>(t[1])],
                                         index[static_cast<std::size_t>(t[2])]);
        }
    }

    [[nodiscard]] TriangleMesh take() { return std::move(mesh_); }

private:
    int index_of(const Eigen::Vector3d& position) {
        const LatticeEdge edge(position);
        const auto next = static_cast<int>(mesh_.vertices.size());
        if (on_shared_layer(edge)) {
            const auto key =
                static_cast<std::uint64_t>(lattice_.index(edge.start.x(), edge.start.y(), edge.start.z())) * 3 +
                static_cast<std::uint64_t>(edge.axis);
            const auto [entry, added] = shared_.emplace(key, next);
            if (!added) {
                return entry->second;
            }
        }
        mesh_.vertices.emplace_back((lattice_.origin + position * lattice_.spacing).cast<float>());
        mesh_.vertex_normals.push_back(normal_at(lattice_, edge));
        return next;
    }

    [[nodiscard]] static bool on_shared_layer(const LatticeEdge& edge) {
        for (int axis = 0; axis < 3; ++axis) {
            if (axis != edge.axis && edge.start[axis] % (block_points - 1) == 0) {
                return true;
            }
        }
        return false;
    }

    const Lattice& lattice_;
    TriangleMesh mesh_;
    std::unordered_map<std::uint64_t, int> shared_;
};

}  // namespace

TriangleMesh marching_cubes(const Lattice& lattice) {
    std::vector<Block> blocks;
    for (int z = 0; z + 1 < lattice.resolution; z += block_points - 1) {
        for (int y = 0; y + 1 < lattice.resolution; y += block_points - 1) {
            for (int x = 0; x + 1 < lattice.resolution; x += block_points - 1) {
                const Block block(lattice, {x, y, z});
                if (block.holds_surface()) {
                    blocks.push_back(block);
                }
            }
        }
    }
    std::vector<BlockSurface> surfaces(blocks.size());
    const auto threads = static_cast<std::size_t>(std::max(thread_count(), 1));
    const std::size_t grain = std::max<std::size_t>((blocks.size() + threads - 1) / threads, 1);
    parallel_for(blocks.size(), grain, [&](std::size_t begin, std::size_t end) {
        const int points = std::min(block_points, lattice.resolution);
        UniformTSDFVolume volume(points, points, 1, TSDFVolumeColorType::NoColor);
        for (std::size_t i = begin; i < end; ++i) {
            surfaces[i] = blocks[i].extract(volume);
        }
    });
    Assembly assembly(lattice);
    for (const BlockSurface& surface : surfaces) {
        assembly.add(surface);
    }
    return assembly.take();
}

}  // namespace maquette::render
