#include "render/io/compact_glb.h"

#include <assimp/scene.h>
#include <gtest/gtest.h>

#include <assimp/Importer.hpp>
#include <filesystem>

#include "render/error.h"
#include "render/io/atomic_file.h"
#include "render/io/mesh_io.h"

namespace maquette::render {
namespace {

TriangleMesh coloured_ball(int rings) {
    TriangleMesh ball = welded(make_sphere(0.6F, rings, 2 * rings), 1e-6F);
    compute_vertex_normals(ball);
    for (const auto& vertex : ball.vertices) {
        ball.vertex_colours.emplace_back(vertex.x() + 0.6F, 0.02F, 1 - vertex.x());
        ball.vertex_colours.back() = ball.vertex_colours.back().cwiseMin(1).cwiseMax(0);
    }
    return ball;
}

void expect_read_back(const TriangleMesh& mesh, const std::filesystem::path& file) {
    write_file_atomically(file, compact_glb(mesh));
    const TriangleMesh read = read_mesh(file);
    ASSERT_EQ(read.vertices.size(), mesh.vertices.size());
    EXPECT_EQ(read.triangles, mesh.triangles);
    ASSERT_EQ(read.vertex_colours.size(), mesh.vertex_colours.size());
    for (std::size_t i = 0; i < mesh.vertices.size(); ++i) {
        EXPECT_LT((read.vertices[i] - mesh.vertices[i]).cwiseAbs().maxCoeff(), 0.6F / 65534 * 1.1F);
        EXPECT_GT(read.vertex_normals[i].normalized().dot(mesh.vertex_normals[i]), 0.9998F);
        EXPECT_LT((read.vertex_colours[i] - mesh.vertex_colours[i]).cwiseAbs().maxCoeff(), 1e-3F);
    }
}

TEST(CompactGlb, ReadsBackWithinItsPrecision) {
    const auto file = std::filesystem::path(::testing::TempDir()) / "compact_glb_test.glb";
    expect_read_back(coloured_ball(12), file);
    Assimp::Importer importer;
    const aiScene* const scene = importer.ReadFile(file.string(), 0);
    ASSERT_NE(scene, nullptr) << importer.GetErrorString();
    EXPECT_EQ(scene->mMeshes[0]->mNumVertices, coloured_ball(12).vertices.size());
    // More vertices than 16-bit indices reach.
    expect_read_back(coloured_ball(190), file);
    std::filesystem::remove(file);
}

TEST(CompactGlb, IsAsSmallAsItSays) {
    for (const int rings : {4, 20, 60}) {
        const TriangleMesh ball = coloured_ball(rings);
        const std::size_t bytes = compact_glb(ball).size();
        EXPECT_LE(bytes, compact_glb_bytes(ball.triangles.size()));
        EXPECT_GT(bytes * 2, compact_glb_bytes(ball.triangles.size()) - compact_glb_bytes(0));
    }
    EXPECT_THROW(compact_glb({}), UsageError);
}

}  // namespace
}  // namespace maquette::render
