#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "render/image.h"

namespace maquette::render {

struct Material {
    std::string name;
    Eigen::Vector3f base_colour{0.7F, 0.7F, 0.7F};     ///< sRGB, 0..1
    float opacity = 1;                                 ///< 0..1
    std::shared_ptr<const Image> base_colour_texture;  ///< sRGB, 3 or 4 channels; null: none
};

/// Triangles with shared vertices. Optional attributes are empty or complete.
struct TriangleMesh {
    std::vector<Eigen::Vector3f> vertices;                     ///< [N, 3], object units
    std::vector<Eigen::Vector3i> triangles;                    ///< [M, 3], counter-clockwise seen from outside
    std::vector<Eigen::Vector3f> vertex_normals;               ///< [N, 3] unit length, or empty
    std::vector<Eigen::Vector3f> vertex_colours;               ///< [N, 3] sRGB 0..1, or empty
    std::vector<std::array<Eigen::Vector2f, 3>> triangle_uvs;  ///< [M, 3, 2], origin bottom left as in OBJ, or empty
    std::vector<int> material_ids;                             ///< [M] into materials, -1: none; or empty
    std::vector<Material> materials;

    [[nodiscard]] bool empty() const { return triangles.empty(); }

    /// Of the vertices that triangles use; empty for an empty mesh.
    [[nodiscard]] Eigen::AlignedBox3f bounding_box() const;

    /// Applies x -> target_from_source * x to positions (normals by the inverse transpose). A mirroring transform turns
    /// the triangles, so that they stay counter-clockwise seen from outside.
    void transform(const Eigen::Affine3f& target_from_source);

    /// Throws InputError naming the first problem: no triangles, index out of range, non-finite vertex, attribute of
    /// the wrong length.
    void validate(const std::string& what) const;
};

/// Affine map that brings the mesh into the object frame: bounding box of the vertices that triangles use centred at
/// the origin, longest side 1. Throws InputError on a mesh with no extent.
Eigen::Affine3f object_from_mesh(const TriangleMesh& mesh);

/// Transforms the mesh by object_from_mesh.
void normalise_to_object_frame(TriangleMesh& mesh);

/// Area-weighted normals, written to vertex_normals.
void compute_vertex_normals(TriangleMesh& mesh);

/// Merges vertices at equal positions (distance below `tolerance`), drops unused vertices and degenerate triangles.
/// Vertex attributes of the first of the merged vertices stay.
TriangleMesh welded(const TriangleMesh& mesh, float tolerance);

/// `count` points uniform by area. Deterministic for a seed. [count, 3]
std::vector<Eigen::Vector3f> sample_surface(const TriangleMesh& mesh, int count, unsigned seed);

/// Simple closed solids with known answers, centred at the origin; used by tests, demos and benches.
TriangleMesh make_box(const Eigen::Vector3f& size);
TriangleMesh make_sphere(float radius, int rings, int segments);

}  // namespace maquette::render
