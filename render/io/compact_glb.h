#pragma once

#include <cstddef>
#include <string>

#include "render/triangle_mesh.h"

namespace maquette::render {

/// Upper bound of the bytes of a closed mesh's compact glb.
constexpr std::size_t compact_glb_bytes(std::size_t triangles) {
    constexpr std::size_t header = 1600;
    constexpr std::size_t vertex = 20;  // there are half as many as triangles
    constexpr std::size_t triangle = 12;
    return header + triangles * (triangle + vertex / 2);
}

/// A glb in memory that is a third of write_mesh's: positions in 16 bits, normals in 8, colours in 16
/// (KHR_mesh_quantization), no uvs, one material. Off by at most 1/65534 of the mesh's largest coordinate. Throws
/// UsageError on an empty mesh.
std::string compact_glb(const TriangleMesh& mesh);

}  // namespace maquette::render
