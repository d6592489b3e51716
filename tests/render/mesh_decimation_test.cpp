#include "render/mesh_decimation.h"

#include <gmock/gmock.h>

#include <cmath>

#include "render/error.h"
#include "render/mesh_topology.h"

namespace maquette::render {
namespace {

TEST(MeshDecimation, KeepsShapeColourAndClosedSurface) {
    TriangleMesh ball = welded(make_sphere(0.5F, 48, 96), 1e-6F);
    for (const auto& vertex : ball.vertices) {
        ball.vertex_colours.emplace_back(vertex.y() > 0 ? 1.0F : 0.0F, 0.5F, 0.0F);
    }
    const TriangleMesh small = decimated(ball, 600);
    EXPECT_LE(small.triangles.size(), 600U);
    EXPECT_GT(small.triangles.size(), 500U);
    EXPECT_TRUE(topology_of(small).closed());
    ASSERT_EQ(small.vertex_colours.size(), small.vertices.size());
    ASSERT_EQ(small.vertex_normals.size(), small.vertices.size());
    for (std::size_t i = 0; i < small.vertices.size(); ++i) {
        EXPECT_NEAR(small.vertices[i].norm(), 0.5F, 0.01F);
        EXPECT_GT(small.vertex_normals[i].dot(small.vertices[i].normalized()), 0.9F);
        if (std::abs(small.vertices[i].y()) > 0.2F) {
            EXPECT_NEAR(small.vertex_colours[i].x(), small.vertices[i].y() > 0 ? 1 : 0, 0.01F);
        }
    }
}

TEST(MeshDecimation, LeavesSmallMeshesAlone) {
    const TriangleMesh box = make_box({1, 0.5F, 0.25F});
    const TriangleMesh same = decimated(box, 1000);
    EXPECT_EQ(same.vertices, box.vertices);
    EXPECT_EQ(same.triangles, box.triangles);
    EXPECT_THROW(decimated(box, 3), UsageError);
}

}  // namespace
}  // namespace maquette::render
