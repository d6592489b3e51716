#include "render/self_intersections.h"

#include <gtest/gtest.h>

namespace maquette::render {
namespace {

TriangleMesh together(const TriangleMesh& a, const TriangleMesh& b) {
    TriangleMesh result = a;
    const auto offset = static_cast<int>(a.vertices.size());
    result.vertices.insert(result.vertices.end(), b.vertices.begin(), b.vertices.end());
    for (const auto& t : b.triangles) result.triangles.emplace_back((t.array() + offset).matrix());
    return result;
}

TriangleMesh moved(TriangleMesh mesh, const Eigen::Vector3f& by) {
    for (auto& vertex : mesh.vertices) vertex += by;
    return mesh;
}

TEST(SelfIntersections, ASolidHasNone) {
    EXPECT_EQ(count_self_intersecting_triangles(make_sphere(0.5F, 24, 48)), 0);
    EXPECT_EQ(count_self_intersecting_triangles(make_box({1, 0.5F, 0.2F})), 0);
    EXPECT_EQ(count_self_intersecting_triangles({}), 0);
}

TEST(SelfIntersections, ATriangleThroughAnotherCountsWithIt) {
    TriangleMesh mesh;
    mesh.vertices = {{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {0.2F, 0.2F, -0.5F}, {0.2F, 0.2F, 0.5F}, {0.2F, 2, 0}};
    mesh.triangles = {{0, 1, 2}, {3, 4, 5}};
    EXPECT_EQ(count_self_intersecting_triangles(mesh), 2);
}

TEST(SelfIntersections, SolidsThatOverlapAreFoundAndThoseApartAreNot) {
    const auto ball = make_sphere(0.5F, 16, 32);
    EXPECT_GT(count_self_intersecting_triangles(together(ball, moved(ball, {0.31F, 0.17F, 0.07F}))), 50);
    EXPECT_EQ(count_self_intersecting_triangles(together(ball, moved(ball, {1.01F, 0, 0}))), 0);
}

TEST(SelfIntersections, SmallTrianglesBesideAHugeOneAreFound) {
    TriangleMesh huge;
    huge.vertices = {{-10, -10, 0.03F}, {10, -10, 0.03F}, {0, 10, 0.03F}};
    huge.triangles = {{0, 1, 2}};
    EXPECT_GT(count_self_intersecting_triangles(together(make_sphere(0.1F, 12, 24), huge)), 20);
}

}  // namespace
}  // namespace maquette::render
