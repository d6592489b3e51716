#include "render/mesh_decimation.h"

#include <fmt/format.h>
#include <open3d/geometry/TriangleMesh.h>

#include <limits>
#include <memory>

#include "render/error.h"

namespace maquette::render {
namespace {

open3d::geometry::TriangleMesh as_open3d(const TriangleMesh& mesh) {
    open3d::geometry::TriangleMesh result;
    for (const auto& vertex : mesh.vertices) result.vertices_.emplace_back(vertex.cast<double>());
    for (const auto& colour : mesh.vertex_colours) result.vertex_colors_.emplace_back(colour.cast<double>());
    result.triangles_ = {mesh.triangles.begin(), mesh.triangles.end()};
    return result;
}

TriangleMesh from_open3d(const open3d::geometry::TriangleMesh& mesh) {
    TriangleMesh result;
    for (const auto& vertex : mesh.vertices_) result.vertices.emplace_back(vertex.cast<float>());
    for (const auto& colour : mesh.vertex_colors_) result.vertex_colours.emplace_back(colour.cast<float>());
    result.triangles = {mesh.triangles_.begin(), mesh.triangles_.end()};
    return result;
}

}  // namespace

TriangleMesh decimated(const TriangleMesh& mesh, int triangles) {
    constexpr int fewest = 4;
    if (triangles < fewest) {
        throw UsageError(fmt::format("a mesh of {} triangles encloses nothing; ask for {} or more", triangles, fewest));
    }
    TriangleMesh result;
    if (mesh.triangles.size() <= static_cast<std::size_t>(triangles)) {
        result.vertices = mesh.vertices;
        result.triangles = mesh.triangles;
        result.vertex_colours = mesh.vertex_colours;
    } else {
        constexpr double any_error = std::numeric_limits<double>::infinity();
        constexpr double boundary_weight = 1;
        result = from_open3d(*as_open3d(mesh).SimplifyQuadricDecimation(triangles, any_error, boundary_weight));
    }
    compute_vertex_normals(result);
    return result;
}

}  // namespace maquette::render
