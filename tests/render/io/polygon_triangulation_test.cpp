#include <gtest/gtest.h>

#include <cmath>
#include <ctime>
#include <random>
#include <set>

#include "render/io/mesh_io.h"

namespace maquette::render {
namespace {

using Corners = std::vector<Eigen::Vector3f>;

Eigen::Vector3d area_vector(const Corners& corners) {
    Eigen::Vector3d sum = Eigen::Vector3d::Zero();
    for (std::size_t i = 0; i < corners.size(); ++i) {
        sum += corners[i].cast<double>().cross(corners[(i + 1) % corners.size()].cast<double>()) / 2;
    }
    return sum;
}

/// No triangle is flipped, and together they have the polygon's area: for a simple polygon that means no overlap.
void expect_covers(const Corners& corners, std::size_t triangles) {
    const auto found = triangulate_polygon(corners);
    EXPECT_EQ(found.size(), triangles);
    const Eigen::Vector3d whole = area_vector(corners);
    double sum = 0;
    for (const Eigen::Vector3i& t : found) {
        const Eigen::Vector3d part = area_vector({corners[t[0]], corners[t[1]], corners[t[2]]});
        EXPECT_GT(part.dot(whole), 0);
        sum += part.norm();
    }
    EXPECT_NEAR(sum, whole.norm(), 1e-5 * whole.norm());
}

Corners turned(const Corners& corners, const Eigen::Quaternionf& rotation) {
    Corners result;
    for (const Eigen::Vector3f& corner : corners) {
        result.push_back(rotation * corner);
    }
    return result;
}

TEST(PolygonTriangulation, ConvexIsAFan) {
    const Corners square = {{0, 0, 0}, {1, 0, 0}, {1, 1, 0}, {0, 1, 0}};
    const auto triangles = triangulate_polygon(square);
    ASSERT_EQ(triangles.size(), 2U);
    EXPECT_EQ(triangles[0], Eigen::Vector3i(0, 1, 2));
    EXPECT_EQ(triangles[1], Eigen::Vector3i(0, 2, 3));
}

TEST(PolygonTriangulation, ConcaveInEveryOrientationAndStart) {
    const Corners letter_u = {{0, 0, 0}, {3, 0, 0}, {3, 3, 0}, {2, 3, 0}, {2, 1, 0}, {1, 1, 0}, {1, 3, 0}, {0, 3, 0}};
    std::mt19937 random(7);
    std::normal_distribution<float> normal;
    for (std::size_t start = 0; start < letter_u.size(); ++start) {
        Corners rotated(letter_u.begin() + static_cast<std::ptrdiff_t>(start), letter_u.end());
        rotated.insert(rotated.end(), letter_u.begin(), letter_u.begin() + static_cast<std::ptrdiff_t>(start));
        expect_covers(rotated, 6);
        expect_covers(Corners(rotated.rbegin(), rotated.rend()), 6);
        const Eigen::Quaternionf rotation =
            Eigen::Quaternionf(normal(random), normal(random), normal(random), normal(random)).normalized();
        expect_covers(turned(rotated, rotation), 6);
    }
}

TEST(PolygonTriangulation, ArrowWhoseFanWouldFlip) {
    expect_covers({{0, 0, 0}, {2, -1, 0}, {0.5F, 0, 0}, {2, 1, 0}}, 2);
    expect_covers({{2, -1, 0}, {0.5F, 0, 0}, {2, 1, 0}, {0, 0, 0}}, 2);
}

TEST(PolygonTriangulation, CollinearCornersStayInUse) {
    const Corners corners = {{0, 0, 0}, {1, 0, 0}, {2, 0, 0}, {2, 1, 0}, {2, 2, 0}, {1, 2, 0}, {0, 2, 0}, {0, 1, 0}};
    expect_covers(corners, 6);
    std::set<int> used;
    for (const Eigen::Vector3i& t : triangulate_polygon(corners)) {
        used.insert(t.begin(), t.end());
    }
    EXPECT_EQ(used.size(), corners.size());
}

TEST(PolygonTriangulation, RepeatedCornersAreSkipped) {
    expect_covers({{0, 0, 0}, {0, 0, 0}, {1, 0, 0}, {1, 1, 0}, {1, 1, 0}, {0, 1, 0}, {0, 0, 0}}, 2);
}

TEST(PolygonTriangulation, HoleJoinedByABridge) {
    const Corners ring = {{0, 0, 0}, {4, 0, 0}, {4, 4, 0}, {0, 4, 0}, {0, 0, 0},
                          {1, 1, 0}, {1, 3, 0}, {3, 3, 0}, {3, 1, 0}, {1, 1, 0}};
    EXPECT_NEAR(area_vector(ring).norm(), 12, 1e-6);
    expect_covers(ring, 8);
}

TEST(PolygonTriangulation, SpiralsAndRandomStars) {
    std::mt19937 random(3);
    std::uniform_real_distribution<float> radius(0.1F, 1.0F);
    for (int round = 0; round < 50; ++round) {
        Corners star;
        for (int i = 0; i < 60; ++i) {
            const float angle = 2 * static_cast<float>(M_PI) * static_cast<float>(i) / 60;
            const float r = radius(random);
            star.emplace_back(r * std::cos(angle), 0.3F, r * std::sin(angle));
        }
        expect_covers(star, 58);
    }
    Corners spiral;
    for (int side = 0; side < 2; ++side) {
        for (int i = 0; i < 400; ++i) {
            const float t = 0.05F * static_cast<float>(side == 0 ? i : 399 - i);
            const float r = t + (side == 0 ? 1.0F : 2.0F);
            spiral.emplace_back(r * std::cos(t), r * std::sin(t), 0);
        }
    }
    expect_covers(spiral, 798);
}

TEST(PolygonTriangulation, DegenerateInputs) {
    EXPECT_TRUE(triangulate_polygon({}).empty());
    EXPECT_TRUE(triangulate_polygon({{0, 0, 0}, {1, 0, 0}}).empty());
    EXPECT_TRUE(triangulate_polygon({{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}}).empty());
    EXPECT_TRUE(triangulate_polygon({{0, 0, 0}, {1, 0, 0}, {2, 0, 0}, {3, 0, 0}}).empty());
}

TEST(PolygonTriangulation, CrossingPolygonsEndQuickly) {
    std::mt19937 random(11);
    std::uniform_real_distribution<float> coordinate(-1, 1);
    Corners corners;
    for (int i = 0; i < 4000; ++i) {
        corners.emplace_back(coordinate(random), coordinate(random), coordinate(random));
    }
    const std::clock_t begin = std::clock();
    const auto triangles = triangulate_polygon(corners);
    EXPECT_LT(std::clock() - begin, 5 * CLOCKS_PER_SEC);
    EXPECT_LE(triangles.size(), 3998U);
    for (const Eigen::Vector3i& t : triangles) {
        EXPECT_TRUE(t.minCoeff() >= 0 && t.maxCoeff() < 4000);
    }
}

}  // namespace
}  // namespace maquette::render
