#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "render/grid.h"
#include "render/triangle_mesh.h"

namespace maquette::viewer {

/// 24 bytes, as the vertex buffer holds them.
struct PackedVertex {
    std::array<float, 3> position{};  ///< object frame
    std::uint32_t normal = 0;         ///< signed 10:10:10:2
    float shade = 0;                  ///< 0..1: a difference or a confidence
    std::uint32_t colour = 0;         ///< sRGB, red in the lowest byte, alpha in the highest
};

/// A mesh ready to be uploaded. Made by workers, immutable afterwards.
struct PackedMesh {
    std::vector<PackedVertex> vertices;
    std::vector<std::uint32_t> indices;  ///< three a triangle
};

struct PackedCube {
    std::array<float, 3> centre{};  ///< object frame
    float value = 0;                ///< 0..1
};

/// Voxels of one size.
struct PackedCubes {
    std::vector<PackedCube> cubes;
    float side = 0;  ///< object units
};

struct PackedLineVertex {
    std::array<float, 3> position{};
    std::uint32_t colour = 0;  ///< as in PackedVertex
};

/// Pairs of vertices.
struct PackedLines {
    std::vector<PackedLineVertex> vertices;
};

/// Red, green, blue, alpha, each 0..1.
std::uint32_t packed_colour(float red, float green, float blue, float alpha = 1);

/// `shades`: [N] 0..1, or empty. Normals are made where the mesh has none.
std::shared_ptr<const PackedMesh> pack_mesh(render::TriangleMesh mesh, std::span<const float> shades = {});

/// The cells at or above the threshold that have a neighbour below it: those inside cannot be seen.
std::shared_ptr<const PackedCubes> pack_voxels(const render::VoxelGrid& grid, float threshold);

}  // namespace maquette::viewer
