#include "render/surface_rasterizer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "render/ray_caster.h"

namespace maquette::render {
namespace {

TriangleMesh one_triangle(const Eigen::Vector3f& a, const Eigen::Vector3f& b, const Eigen::Vector3f& c) {
    TriangleMesh mesh;
    mesh.vertices = {a, b, c};
    mesh.triangles = {{0, 1, 2}};
    return mesh;
}

TEST(SurfaceRasterizer, MarksTheCellsThatTheTriangleTouchesAndNoOthers) {
    constexpr int resolution = 20;
    constexpr double side = 1.0;
    constexpr float cell = 1.0F / resolution;
    std::mt19937 random(3);
    std::uniform_real_distribution<float> coordinate(-0.6F, 0.6F);
    std::uniform_real_distribution<float> unit(0, 1);
    const auto point = [&] { return Eigen::Vector3f(coordinate(random), coordinate(random), coordinate(random)); };
    for (int trial = 0; trial < 60; ++trial) {
        const Eigen::Vector3f a = point();
        const Eigen::Vector3f b = trial % 3 == 0 ? Eigen::Vector3f(a + 0.1F * point()) : point();
        const TriangleMesh mesh = one_triangle(a, b, point());
        const BitGrid grid = touched_cells(mesh, resolution, side);
        for (int sample = 0; sample < 2000; ++sample) {
            const float u = std::sqrt(unit(random));
            const float v = unit(random);
            const Eigen::Vector3f p =
                (1 - u) * mesh.vertices[0] + u * (1 - v) * mesh.vertices[1] + u * v * mesh.vertices[2];
            const Eigen::Vector3i c = ((p.array() + 0.5F) / cell).floor().cast<int>();
            if (c.minCoeff() >= 0 && c.maxCoeff() < resolution) {
                ASSERT_TRUE(grid.at(c.x(), c.y(), c.z())) << p.transpose();
            }
        }
        const RayCaster caster(mesh);
        for (int z = 0; z < resolution; ++z) {
            for (int y = 0; y < resolution; ++y) {
                for (int x = 0; x < resolution; ++x) {
                    const Eigen::Vector3f centre =
                        (Eigen::Vector3i(x, y, z).cast<float>().array() + 0.5F) * cell - 0.5F;
                    const float distance = caster.closest(centre).distance;
                    if (grid.at(x, y, z)) {
                        ASSERT_LT(distance, 0.8661F * cell);
                    } else {
                        ASSERT_GT(distance, 0.4999F * cell);
                    }
                }
            }
        }
    }
}

TEST(SurfaceRasterizer, TriangleOnACellBorderTouchesBothSides) {
    const TriangleMesh mesh = one_triangle({-0.9F, 0, -0.9F}, {0.9F, 0, -0.9F}, {-0.9F, 0, 0.9F});
    const BitGrid grid = touched_cells(mesh, 4, 2.0);
    EXPECT_TRUE(grid.at(0, 1, 0));
    EXPECT_TRUE(grid.at(0, 2, 0));
    EXPECT_FALSE(grid.at(0, 0, 0));
    EXPECT_FALSE(grid.at(3, 1, 3));
}

TEST(SurfaceRasterizer, TakesTrianglesWithoutAreaAndOfAnySize) {
    // Nearly parallel to an axis: the bounds along it are beyond any integer.
    const float tiny = 1e-30F;
    const BitGrid needle =
        touched_cells(one_triangle({0.1F, -0.9F, 0.1F}, {0.1F + tiny, 0.9F, 0.1F}, {0.1F, 0.9F, 0.3F}), 8, 2.0);
    EXPECT_TRUE(needle.at(4, 0, 4));
    EXPECT_TRUE(needle.at(4, 7, 5));
    EXPECT_FALSE(needle.at(5, 0, 4));
    const BitGrid near_zero =
        touched_cells(one_triangle({tiny, 0.9F, 0.1F}, {0, -0.9F, 0.1F}, {-tiny, 0.2F, tiny}), 8, 2.0);
    EXPECT_TRUE(near_zero.at(3, 4, 4));
    EXPECT_FALSE(near_zero.at(5, 4, 4));
    const BitGrid point =
        touched_cells(one_triangle({0.1F, 0.1F, 0.1F}, {0.1F, 0.1F, 0.1F}, {0.1F, 0.1F, 0.1F}), 8, 2.0);
    EXPECT_EQ(point.count(), 1U);
    const BitGrid huge =
        touched_cells(one_triangle({-1e30F, 0.1F, -1e30F}, {1e30F, 0.1F, -1e30F}, {0, 0.1F, 1e30F}), 8, 2.0);
    EXPECT_EQ(huge.count(), 64U);
    EXPECT_EQ(touched_cells(one_triangle({5, 5, 5}, {6, 5, 5}, {5, 6, 5}), 8, 2.0).count(), 0U);
}

}  // namespace
}  // namespace maquette::render
