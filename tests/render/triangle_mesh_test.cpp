#include "render/triangle_mesh.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <numbers>

#include "render/error.h"

namespace maquette::render {
namespace {

using Eigen::Vector3f;

double volume(const TriangleMesh& mesh) {
    double six_volumes = 0;
    for (const auto& t : mesh.triangles) {
        six_volumes += mesh.vertices[t[0]].cast<double>().dot(
            mesh.vertices[t[1]].cast<double>().cross(mesh.vertices[t[2]].cast<double>()));
    }
    return six_volumes / 6;
}

/// Each edge of a closed, consistently turned surface is walked once each way.
bool is_closed(const TriangleMesh& mesh) {
    std::map<std::pair<int, int>, int> walks;
    for (const auto& t : mesh.triangles) {
        for (int i = 0; i < 3; ++i) {
            ++walks[{t[i], t[(i + 1) % 3]}];
        }
    }
    for (const auto& [edge, count] : walks) {
        if (count != 1 || walks.count({edge.second, edge.first}) == 0) {
            return false;
        }
    }
    return true;
}

/// Every triangle with corners of its own, as readers of face lists make them.
TriangleMesh unshared(const TriangleMesh& mesh) {
    TriangleMesh result;
    for (const auto& t : mesh.triangles) {
        const int first = static_cast<int>(result.vertices.size());
        for (const int corner : t) {
            result.vertices.push_back(mesh.vertices[corner]);
        }
        result.triangles.emplace_back(first, first + 1, first + 2);
    }
    return result;
}

TEST(TriangleMeshTest, solids_are_closed_and_turned_outwards) {
    const TriangleMesh box = make_box({1, 2, 3});
    EXPECT_TRUE(is_closed(box));
    EXPECT_NEAR(volume(box), 6, 1e-6);
    EXPECT_EQ(box.bounding_box().max(), Vector3f(0.5F, 1, 1.5F));

    const TriangleMesh sphere = make_sphere(0.5F, 64, 128);
    EXPECT_TRUE(is_closed(sphere));
    EXPECT_NEAR(volume(sphere), 4.0 / 3 * std::numbers::pi * 0.125, 0.001);
    for (const Vector3f& vertex : sphere.vertices) {
        ASSERT_NEAR(vertex.norm(), 0.5F, 1e-6);
    }
    EXPECT_TRUE(is_closed(make_sphere(1, 2, 3)));
    EXPECT_THROW(make_sphere(1, 1, 3), UsageError);
}

TEST(TriangleMeshTest, normalising_ignores_unused_vertices) {
    TriangleMesh mesh = make_box({2, 4, 1});
    for (Vector3f& vertex : mesh.vertices) {
        vertex += Vector3f(10, -3, 7);
    }
    mesh.vertices.emplace_back(1000.0F, 0.0F, 0.0F);
    normalise_to_object_frame(mesh);
    const Eigen::AlignedBox3f box = mesh.bounding_box();
    EXPECT_LT((box.min() - Vector3f(-0.25F, -0.5F, -0.125F)).norm(), 1e-5);
    EXPECT_LT((box.max() - Vector3f(0.25F, 0.5F, 0.125F)).norm(), 1e-5);
}

TEST(TriangleMeshTest, a_point_cannot_be_normalised) {
    TriangleMesh mesh = make_box({0, 0, 0});
    EXPECT_THROW(object_from_mesh(mesh), InputError);
    EXPECT_THROW(object_from_mesh(TriangleMesh{}), InputError);
}

TEST(TriangleMeshTest, transforms_normals_by_the_inverse_transpose) {
    TriangleMesh mesh = make_sphere(1, 40, 80);
    mesh.vertex_normals = mesh.vertices;
    Eigen::Affine3f squeeze = Eigen::Affine3f::Identity();
    squeeze.linear() = Vector3f(1, 3, 0.5F).asDiagonal();
    squeeze.translation() = Vector3f(1, 2, 3);
    mesh.transform(squeeze);
    for (std::size_t i = 0; i < mesh.vertices.size(); ++i) {
        const Vector3f local = mesh.vertices[i] - Vector3f(1, 2, 3);
        const Vector3f expected = local.cwiseQuotient(Vector3f(1, 9, 0.25F)).normalized();
        ASSERT_LT((mesh.vertex_normals[i] - expected).norm(), 1e-4) << i;
    }
}

TEST(TriangleMeshTest, mirroring_keeps_the_outside_outside) {
    TriangleMesh mesh = make_sphere(1, 8, 12);
    mesh.triangle_uvs.assign(mesh.triangles.size(), {Eigen::Vector2f(0, 0), {1, 0}, {0, 1}});
    compute_vertex_normals(mesh);
    const double before = volume(mesh);
    Eigen::Affine3f mirror = Eigen::Affine3f::Identity();
    mirror.linear() = Vector3f(-1, 1, 1).asDiagonal();
    const Eigen::Vector3i first = mesh.triangles[0];
    mesh.transform(mirror);
    EXPECT_NEAR(volume(mesh), before, 1e-5);
    EXPECT_EQ(mesh.triangles[0], Eigen::Vector3i(first[0], first[2], first[1]));
    EXPECT_EQ(mesh.triangle_uvs[0][1], Eigen::Vector2f(0, 1));
    for (std::size_t i = 0; i < mesh.vertices.size(); ++i) {
        ASSERT_GT(mesh.vertex_normals[i].dot(mesh.vertices[i]), 0.9F);
    }
}

TEST(TriangleMeshTest, vertex_normals_are_weighted_by_area) {
    // Two walls meet in the vertices 0 and 1; the wall of twice the area pulls twice as hard.
    TriangleMesh mesh;
    mesh.vertices = {{0, 0, 0}, {0, 0, 1}, {2, 0, 0}, {0, 1, 0}, {5, 5, 5}};
    mesh.triangles = {{0, 1, 2}, {0, 3, 1}};
    compute_vertex_normals(mesh);
    ASSERT_EQ(mesh.vertex_normals.size(), 5U);
    EXPECT_LT((mesh.vertex_normals[2] - Vector3f(0, 1, 0)).norm(), 1e-6);
    EXPECT_LT((mesh.vertex_normals[3] - Vector3f(1, 0, 0)).norm(), 1e-6);
    EXPECT_LT((mesh.vertex_normals[0] - Vector3f(1, 2, 0).normalized()).norm(), 1e-6);
    EXPECT_NEAR(mesh.vertex_normals[4].norm(), 1, 1e-6) << "unused vertices have a normal, too";
}

TEST(TriangleMeshTest, welding_restores_shared_vertices) {
    const TriangleMesh sphere = make_sphere(1, 12, 17);
    const TriangleMesh result = welded(unshared(sphere), 0);
    EXPECT_EQ(result.vertices.size(), sphere.vertices.size());
    EXPECT_EQ(result.triangles.size(), sphere.triangles.size());
    EXPECT_TRUE(is_closed(result));
}

TEST(TriangleMeshTest, welding_merges_below_the_tolerance_only) {
    TriangleMesh mesh;
    mesh.vertices = {{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {0.009F, 0, 0}, {1, 0.02F, 0}, {0, 0, 1}, {7, 7, 7}};
    mesh.triangles = {{0, 1, 2}, {3, 4, 5}, {0, 3, 1}, {1, 1, 2}};
    mesh.material_ids = {4, 5, 6, 7};
    mesh.vertex_colours.assign(7, Vector3f(0, 0, 0));
    mesh.vertex_colours[3] = {1, 1, 1};
    mesh.vertex_colours[5] = {0, 0, 1};
    const TriangleMesh result = welded(mesh, 0.01F);
    ASSERT_EQ(result.vertices.size(), 5U);
    ASSERT_EQ(result.triangles.size(), 2U);
    EXPECT_EQ(result.triangles[1][0], result.triangles[0][0]);
    EXPECT_NE(result.triangles[1][1], result.triangles[0][1]);
    EXPECT_THAT(result.material_ids, testing::ElementsAre(4, 5));
    EXPECT_EQ(result.vertex_colours[result.triangles[1][0]], Vector3f(0, 0, 0)) << "the first one's colour stays";
    EXPECT_EQ(result.vertex_colours[result.triangles[1][2]], Vector3f(0, 0, 1));
}

TEST(TriangleMeshTest, welding_takes_extreme_coordinates_and_tolerances) {
    TriangleMesh mesh = unshared(make_box({1e30F, 1e30F, 1e30F}));
    EXPECT_EQ(welded(mesh, 1e-30F).vertices.size(), 8U);
    mesh = unshared(make_box({1, 1, 1}));
    EXPECT_TRUE(welded(mesh, 1e6F).triangles.empty());
    EXPECT_TRUE(welded(TriangleMesh{}, 0.1F).vertices.empty());
}

TEST(TriangleMeshTest, welding_drops_triangles_without_area) {
    TriangleMesh mesh;
    mesh.vertices = {{0, 0, 0}, {1, 0, 0}, {2, 0, 0}, {0, 1, 0}};
    mesh.triangles = {{0, 1, 2}, {0, 1, 3}};
    const TriangleMesh result = welded(mesh, 0);
    EXPECT_EQ(result.triangles.size(), 1U);
    EXPECT_EQ(result.vertices.size(), 3U);
}

TEST(TriangleMeshTest, samples_are_uniform_by_area_and_on_the_surface) {
    const TriangleMesh box = make_box({4, 2, 1});
    const auto points = sample_surface(box, 28000, 3);
    ASSERT_EQ(points.size(), 28000U);
    int on_top = 0;
    int on_half = 0;
    for (const Vector3f& p : points) {
        const Vector3f relative = p.cwiseAbs().cwiseQuotient(Vector3f(2, 1, 0.5F));
        ASSERT_NEAR(relative.maxCoeff(), 1, 1e-5);
        on_top += p.y() > 1 - 1e-5F ? 1 : 0;
        on_half += p.x() > 0 ? 1 : 0;
    }
    EXPECT_NEAR(on_top, 4000, 250) << "4 of 28 units of area";
    EXPECT_NEAR(on_half, 14000, 400);
    EXPECT_EQ(sample_surface(box, 50, 9), sample_surface(box, 50, 9));
    EXPECT_NE(sample_surface(box, 50, 9), sample_surface(box, 50, 10));
    EXPECT_TRUE(sample_surface(box, 0, 1).empty());
    EXPECT_THROW(sample_surface(make_box({0, 0, 0}), 1, 1), InputError);
}

TEST(TriangleMeshTest, validation_names_the_problem) {
    const auto problem_of = [](const TriangleMesh& mesh) -> std::string {
        try {
            mesh.validate("chair.obj");
        } catch (const InputError& error) {
            return error.what();
        }
        return "";
    };
    using testing::AllOf;
    using testing::HasSubstr;
    const TriangleMesh good = make_box({1, 1, 1});
    EXPECT_EQ(problem_of(good), "");
    EXPECT_THAT(problem_of(TriangleMesh{}), AllOf(HasSubstr("chair.obj"), HasSubstr("no triangles")));

    TriangleMesh bad = good;
    bad.triangles[5][1] = 8;
    EXPECT_THAT(problem_of(bad), AllOf(HasSubstr("triangle 5"), HasSubstr("vertex 8")));
    bad.triangles[5][1] = -1;
    EXPECT_THAT(problem_of(bad), HasSubstr("vertex -1"));

    bad = good;
    bad.vertices[2].y() = std::numeric_limits<float>::quiet_NaN();
    EXPECT_THAT(problem_of(bad), HasSubstr("vertex 2"));

    bad = good;
    bad.vertex_normals.resize(3, Vector3f(0, 1, 0));
    EXPECT_THAT(problem_of(bad), HasSubstr("3 vertex normals for 8 vertices"));

    bad = good;
    bad.material_ids.assign(12, 0);
    EXPECT_THAT(problem_of(bad), HasSubstr("material 0"));
    bad.materials.emplace_back();
    EXPECT_EQ(problem_of(bad), "");
}

}  // namespace
}  // namespace maquette::render
