#include "render/mesh_topology.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <utility>

#include "render/surface_extraction.h"

namespace maquette::render {
namespace {

TriangleMesh together(const TriangleMesh& a, const TriangleMesh& b, const Eigen::Vector3f& shift) {
    TriangleMesh mesh = a;
    const int offset = static_cast<int>(a.vertices.size());
    for (const auto& vertex : b.vertices) mesh.vertices.push_back(vertex + shift);
    for (const auto& t : b.triangles) mesh.triangles.push_back(t + Eigen::Vector3i::Constant(offset));
    mesh.vertex_normals.clear();
    return mesh;
}

/// Two boxes that share an edge, or a corner.
TriangleMesh touching_boxes(const Eigen::Vector3f& shift) {
    const TriangleMesh box = make_box({1, 1, 1});
    return welded(together(box, box, shift), 1e-4F);
}

/// Each directed edge once, and its reverse once.
bool oriented(const TriangleMesh& mesh) {
    std::set<std::pair<int, int>> edges;
    for (const Eigen::Vector3i& t : mesh.triangles) {
        for (int k = 0; k < 3; ++k) {
            if (!edges.emplace(t[k], t[(k + 1) % 3]).second) return false;
        }
    }
    return std::all_of(edges.begin(), edges.end(), [&](const auto& edge) {
        return edges.contains({edge.second, edge.first});
    });
}

TEST(MeshTopology, CountsWhatIsWrong) {
    const TriangleMesh sphere = make_sphere(0.5F, 8, 12);
    const MeshTopology whole = topology_of(sphere);
    EXPECT_TRUE(whole.closed());
    EXPECT_EQ(whole.components, 1);

    TriangleMesh open = sphere;
    open.triangles.pop_back();
    EXPECT_EQ(topology_of(open).boundary_edges, 3);
    EXPECT_FALSE(topology_of(open).closed());

    const MeshTopology edge = topology_of(touching_boxes({1, 1, 0}));
    EXPECT_EQ(edge.non_manifold_edges, 1);
    EXPECT_EQ(edge.boundary_edges, 0);
    EXPECT_FALSE(edge.closed());

    const MeshTopology corner = topology_of(touching_boxes({1, 1, 1}));
    EXPECT_EQ(corner.non_manifold_edges, 0);
    EXPECT_EQ(corner.non_manifold_vertices, 1);
    EXPECT_EQ(corner.components, 2);
    EXPECT_FALSE(topology_of({}).closed());
}

TEST(MeshTopology, AreaAndVolumeOfABox) {
    auto box = make_box({2, 3, 0.5F});
    EXPECT_NEAR(surface_area(box), 2 * (6 + 1 + 1.5), 1e-5);
    EXPECT_NEAR(enclosed_volume(box), 3, 1e-5);
    for (auto& vertex : box.vertices) vertex += Eigen::Vector3f(5, -7, 1);
    EXPECT_NEAR(enclosed_volume(box), 3, 1e-3) << "wherever it stands";
}

TEST(MeshTopology, ComponentsAreNumberedByTheirFirstTriangles) {
    const TriangleMesh box = make_box({0.2F, 0.2F, 0.2F});
    const auto labels = triangle_components(together(box, box, {0.5F, 0, 0}));
    ASSERT_EQ(labels.size(), 24U);
    for (std::size_t i = 0; i < labels.size(); ++i) EXPECT_EQ(labels[i], i < 12 ? 0 : 1) << i;
}

TEST(MeshTopology, EveryMarchedSurfaceIsASolid) {
    std::mt19937 random(5);
    for (int trial = 0; trial < 6; ++trial) {
        // Noise: every case of marching cubes beside every other.
        VoxelGrid noise(24);
        for (float& value : noise.values) value = static_cast<float>(random() % 1000) / 1000;
        const TriangleMesh surface = extract_surface(noise, 0.5F);
        const MeshTopology topology = topology_of(surface);
        EXPECT_TRUE(topology.closed()) << topology.boundary_edges << " " << topology.non_manifold_edges << " "
                                       << topology.non_manifold_vertices;
        EXPECT_TRUE(oriented(surface));
    }
}

}  // namespace
}  // namespace maquette::render
