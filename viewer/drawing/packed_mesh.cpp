#include "viewer/drawing/packed_mesh.h"

#include <algorithm>
#include <cmath>

namespace maquette::viewer {
namespace {

std::uint32_t packed_normal(const Eigen::Vector3f& normal) {
    std::uint32_t packed = 0;
    for (int axis = 0; axis < 3; ++axis) {
        const int value = static_cast<int>(std::lround(std::clamp(normal[axis], -1.0F, 1.0F) * 511));
        packed |= (static_cast<std::uint32_t>(value) & 1023U) << (10U * static_cast<unsigned>(axis));
    }
    return packed;
}

std::uint32_t byte_of(float value) {
    return static_cast<std::uint32_t>(std::lround(std::clamp(value, 0.0F, 1.0F) * 255));
}

bool solid(const render::VoxelGrid& grid, float threshold, int x, int y, int z) {
    const int r = grid.resolution;
    return x >= 0 && y >= 0 && z >= 0 && x < r && y < r && z < r && grid.at(x, y, z) >= threshold;
}

bool hidden(const render::VoxelGrid& grid, float threshold, int x, int y, int z) {
    return solid(grid, threshold, x - 1, y, z) && solid(grid, threshold, x + 1, y, z) &&
           solid(grid, threshold, x, y - 1, z) && solid(grid, threshold, x, y + 1, z) &&
           solid(grid, threshold, x, y, z - 1) && solid(grid, threshold, x, y, z + 1);
}

}  // namespace

std::uint32_t packed_colour(float red, float green, float blue, float alpha) {
    return byte_of(red) | byte_of(green) << 8U | byte_of(blue) << 16U | byte_of(alpha) << 24U;
}

std::shared_ptr<const PackedMesh> pack_mesh(render::TriangleMesh mesh, std::span<const float> shades) {
    if (mesh.vertex_normals.size() != mesh.vertices.size()) render::compute_vertex_normals(mesh);
    auto packed = std::make_shared<PackedMesh>();
    packed->vertices.resize(mesh.vertices.size());
    const bool coloured = mesh.vertex_colours.size() == mesh.vertices.size();
    for (std::size_t i = 0; i < mesh.vertices.size(); ++i) {
        PackedVertex& vertex = packed->vertices[i];
        vertex.position = {mesh.vertices[i].x(), mesh.vertices[i].y(), mesh.vertices[i].z()};
        vertex.normal = packed_normal(mesh.vertex_normals[i]);
        vertex.shade = i < shades.size() ? shades[i] : 0;
        const Eigen::Vector3f colour = coloured ? mesh.vertex_colours[i] : Eigen::Vector3f::Constant(0.75F);
        vertex.colour = packed_colour(colour.x(), colour.y(), colour.z());
    }
    packed->indices.reserve(mesh.triangles.size() * 3);
    for (const Eigen::Vector3i& triangle : mesh.triangles) {
        for (int corner = 0; corner < 3; ++corner) {
            packed->indices.push_back(static_cast<std::uint32_t>(triangle[corner]));
        }
    }
    return packed;
}

std::shared_ptr<const PackedCubes> pack_voxels(const render::VoxelGrid& grid, float threshold) {
    auto packed = std::make_shared<PackedCubes>();
    packed->side = static_cast<float>(grid.cell());
    for (int z = 0; z < grid.resolution; ++z) {
        for (int y = 0; y < grid.resolution; ++y) {
            for (int x = 0; x < grid.resolution; ++x) {
                if (!solid(grid, threshold, x, y, z) || hidden(grid, threshold, x, y, z)) continue;
                const Eigen::Vector3f centre = grid.centre(x, y, z);
                packed->cubes.push_back({{centre.x(), centre.y(), centre.z()}, grid.at(x, y, z)});
            }
        }
    }
    return packed;
}

}  // namespace maquette::viewer
