#include "render/ray_caster.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <thread>
#include <vector>

#include "render/error.h"
#include "render/triangle_mesh.h"

namespace maquette::render {
namespace {

using Eigen::Vector3f;

TEST(RayCasterTest, ray_hits_a_box) {
    const TriangleMesh box = make_box({1, 1, 1});
    const RayCaster caster(box);
    const RayCaster::Hit hit = caster.cast({0.1F, 0.2F, 3}, {0, 0, -1});
    ASSERT_GE(hit.triangle, 0);
    EXPECT_NEAR(hit.distance, 2.5F, 1e-6);
    EXPECT_LT((hit.normal - Vector3f(0, 0, 1)).norm(), 1e-6);
    const Eigen::Vector3i& t = box.triangles[hit.triangle];
    const Vector3f position =
        (1 - hit.u - hit.v) * box.vertices[t[0]] + hit.u * box.vertices[t[1]] + hit.v * box.vertices[t[2]];
    EXPECT_LT((position - Vector3f(0.1F, 0.2F, 0.5F)).norm(), 1e-6);
}

TEST(RayCasterTest, hits_every_face_of_a_box_from_outside_and_inside) {
    const RayCaster caster(make_box({1, 2, 4}));
    for (int axis = 0; axis < 3; ++axis) {
        for (const float sign : {-1.0F, 1.0F}) {
            const Vector3f outwards = sign * Vector3f::Unit(axis);
            const float half = axis == 0 ? 0.5F : axis == 1 ? 1.0F : 2.0F;
            const RayCaster::Hit outside = caster.cast(5 * outwards, -2 * outwards);
            EXPECT_NEAR(outside.distance, 5 - half, 1e-5) << "the direction's length does not count";
            EXPECT_LT((outside.normal - outwards).norm(), 1e-6);
            const RayCaster::Hit inside = caster.cast({0, 0, 0}, outwards);
            EXPECT_NEAR(inside.distance, half, 1e-6);
            EXPECT_LT((inside.normal - outwards).norm(), 1e-6) << "by winding, wherever seen from";
        }
    }
}

TEST(RayCasterTest, misses_report_nothing) {
    const RayCaster caster(make_box({1, 1, 1}));
    const RayCaster::Hit miss = caster.cast({0, 2, 3}, {0, 0, -1});
    EXPECT_EQ(miss.triangle, -1);
    EXPECT_TRUE(std::isinf(miss.distance));
    EXPECT_EQ(caster.cast({0, 0, 3}, {0, 0, 1}).triangle, -1);
    EXPECT_EQ(caster.cast({0, 0, 3}, {0, 0, 0}).triangle, -1);
    EXPECT_EQ(caster.cast({0, 0, std::numeric_limits<float>::quiet_NaN()}, {0, 0, -1}).triangle, -1);
}

TEST(RayCasterTest, near_distance_skips_the_first_face) {
    const RayCaster caster(make_box({1, 1, 1}));
    EXPECT_NEAR(caster.cast({0.1F, 0.2F, 3}, {0, 0, -1}, 2.6F).distance, 3.5F, 1e-6);
    EXPECT_EQ(caster.cast({0.1F, 0.2F, 3}, {0, 0, -1}, 3.6F).triangle, -1);
}

TEST(RayCasterTest, occlusion_ends_at_the_given_distance) {
    const RayCaster caster(make_box({1, 1, 1}));
    EXPECT_TRUE(caster.occluded({0, 0, 3}, {0, 0, -3}));
    EXPECT_TRUE(caster.occluded({0, 0, 3}, {0, 0, -3}, 2.6F));
    EXPECT_FALSE(caster.occluded({0, 0, 3}, {0, 0, -3}, 2.4F));
    EXPECT_FALSE(caster.occluded({0, 0, 3}, {0, 1, 0}));
}

TEST(RayCasterTest, rays_through_edges_and_corners_do_not_leak) {
    const RayCaster caster(make_sphere(0.5F, 16, 32));
    const TriangleMesh sphere = make_sphere(0.5F, 16, 32);
    for (const auto& t : sphere.triangles) {
        const Vector3f corner = sphere.vertices[t[0]];
        const Vector3f middle = (sphere.vertices[t[0]] + sphere.vertices[t[1]]) / 2;
        ASSERT_GE(caster.cast({0, 0, 0}, corner).triangle, 0);
        ASSERT_GE(caster.cast({0, 0, 0}, middle).triangle, 0);
    }
}

TEST(RayCasterTest, closest_point_on_a_box_is_exact) {
    const RayCaster caster(make_box({1, 1, 1}));
    std::mt19937 generator(1);
    std::uniform_real_distribution<float> coordinate(-1, 1);
    for (int i = 0; i < 1000; ++i) {
        const Vector3f point(coordinate(generator), coordinate(generator), coordinate(generator));
        Vector3f expected = point.cwiseMax(-0.5F).cwiseMin(0.5F);
        if (expected == point) {
            int axis = 0;
            point.cwiseAbs().maxCoeff(&axis);
            expected[axis] = std::copysign(0.5F, point[axis]);
        }
        const RayCaster::ClosestPoint closest = caster.closest(point);
        ASSERT_GE(closest.triangle, 0);
        ASSERT_NEAR(closest.distance, (expected - point).norm(), 1e-6);
        ASSERT_NEAR((closest.position - point).norm(), closest.distance, 1e-6);
        ASSERT_NEAR(closest.position.cwiseAbs().maxCoeff(), 0.5F, 1e-6);
    }
}

TEST(RayCasterTest, closest_point_respects_the_radius) {
    const RayCaster caster(make_box({1, 1, 1}));
    const RayCaster::ClosestPoint none = caster.closest({0, 0, 1}, 0.4F);
    EXPECT_EQ(none.triangle, -1);
    EXPECT_TRUE(std::isinf(none.distance));
    EXPECT_NEAR(caster.closest({0, 0, 1}, 0.6F).distance, 0.5F, 1e-6);
    EXPECT_EQ(caster.closest({std::numeric_limits<float>::infinity(), 0, 0}).triangle, -1);
}

TEST(RayCasterTest, closest_point_survives_triangles_without_area) {
    TriangleMesh needle;
    needle.vertices = {{0, 0, 0}, {1, 0, 0}, {2, 0, 0}, {2, 0, 0}};
    needle.triangles = {{0, 1, 2}, {0, 0, 0}, {2, 3, 2}, {0, 2, 1}};
    const RayCaster caster(needle);
    EXPECT_NEAR(caster.closest({1.5F, 1, 0}).distance, 1, 1e-6);
    EXPECT_NEAR(caster.closest({-1, 0, 0}).distance, 1, 1e-6);
}

TEST(RayCasterTest, copies_the_mesh_and_can_be_moved) {
    RayCaster caster = [] {
        const TriangleMesh box = make_box({1, 1, 1});
        return RayCaster(box);
    }();
    RayCaster other(make_box({2, 2, 2}));
    other = std::move(caster);
    EXPECT_NEAR(other.cast({0, 0, 3}, {0, 0, -1}).distance, 2.5F, 1e-6);
}

TEST(RayCasterTest, many_threads_see_the_same) {
    const RayCaster caster(make_sphere(0.5F, 32, 64));
    const auto distances = [&] {
        std::vector<float> result;
        std::mt19937 generator(5);
        std::normal_distribution<float> normal;
        for (int i = 0; i < 2000; ++i) {
            const Vector3f direction(normal(generator), normal(generator), normal(generator));
            result.push_back(caster.cast({0, 0, 0}, direction).distance);
            result.push_back(caster.closest(direction).distance);
        }
        return result;
    };
    const std::vector<float> expected = distances();
    std::vector<std::vector<float>> seen(4);
    std::vector<std::thread> threads;
    for (auto& result : seen) {
        threads.emplace_back([&] { result = distances(); });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    for (const auto& result : seen) {
        EXPECT_EQ(result, expected);
    }
}

TEST(RayCasterTest, refuses_an_empty_or_broken_mesh) {
    EXPECT_THROW(RayCaster(TriangleMesh{}), InputError);
    TriangleMesh broken = make_box({1, 1, 1});
    broken.triangles[0][0] = 99;
    EXPECT_THROW(RayCaster{broken}, InputError);
}

}  // namespace
}  // namespace maquette::render
