#include "render/surface_extraction.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <set>
#include <utility>

#include "render/error.h"
#include "render/parallel.h"

namespace maquette::render {
namespace {

template <typename Value>
SignedDistanceGrid field(int resolution, Value value) {
    SignedDistanceGrid grid(resolution);
    for (int z = 0; z < resolution; ++z) {
        for (int y = 0; y < resolution; ++y) {
            for (int x = 0; x < resolution; ++x) {
                grid.at(x, y, z) = value(grid.centre(x, y, z));
            }
        }
    }
    return grid;
}

SignedDistanceGrid sphere_field(int resolution, float radius, const Eigen::Vector3f& centre = {0, 0, 0}) {
    return field(resolution, [&](const Eigen::Vector3f& p) { return (p - centre).norm() - radius; });
}

double signed_volume(const TriangleMesh& mesh) {
    double volume = 0;
    for (const Eigen::Vector3i& t : mesh.triangles) {
        const auto at = [&](int k) -> Eigen::Vector3d {
            return mesh.vertices[static_cast<std::size_t>(t[k])].cast<double>();
        };
        volume += at(0).dot(at(1).cross(at(2))) / 6;
    }
    return volume;
}

/// Each directed edge once, and its reverse once: closed, manifold, consistently wound.
bool closed_and_oriented(const TriangleMesh& mesh) {
    std::set<std::pair<int, int>> edges;
    for (const Eigen::Vector3i& t : mesh.triangles) {
        for (int k = 0; k < 3; ++k) {
            if (!edges.emplace(t[k], t[(k + 1) % 3]).second) {
                return false;
            }
        }
    }
    for (const auto& [a, b] : edges) {
        if (!edges.contains({b, a})) {
            return false;
        }
    }
    return !edges.empty();
}

TEST(SurfaceExtraction, SphereIsExactClosedAndTurnedOutwards) {
    const float radius = 0.45F;
    for (const int resolution : {32, 64, 128}) {
        const SignedDistanceGrid grid = sphere_field(resolution, radius);
        const TriangleMesh mesh = extract_surface(grid);
        mesh.validate("sphere");
        double worst = 0;
        for (std::size_t i = 0; i < mesh.vertices.size(); ++i) {
            worst = std::max(worst, std::abs(static_cast<double>(mesh.vertices[i].norm() - radius)));
            ASSERT_GT(mesh.vertex_normals[i].dot(mesh.vertices[i].normalized()), 0.99F);
            ASSERT_NEAR(mesh.vertex_normals[i].norm(), 1, 1e-5);
        }
        EXPECT_LT(worst, 0.03 * grid.cell()) << resolution;
        EXPECT_TRUE(closed_and_oriented(mesh)) << resolution;
        EXPECT_EQ(count_boundary_edges(mesh), 0);
        EXPECT_EQ(count_boundary_edges(welded(mesh, 0)), 0);
        EXPECT_NEAR(signed_volume(mesh), 4.0 / 3.0 * std::numbers::pi * std::pow(0.45, 3), 0.004);
    }
}

TEST(SurfaceExtraction, OffCentrePositionsAreExact) {
    const Eigen::Vector3f centre(0.11F, -0.07F, 0.19F);
    const TriangleMesh mesh = extract_surface(sphere_field(48, 0.2F, centre));
    const Eigen::AlignedBox3f box = mesh.bounding_box();
    EXPECT_TRUE(box.center().isApprox(centre, 0.01F));
    EXPECT_NEAR(box.sizes().x(), 0.4, 0.004);
}

TEST(SurfaceExtraction, ValuesOfExactlyZeroLeaveNoHoles) {
    // Planes through cell centres: a whole layer of the field is 0.
    const SignedDistanceGrid grid = field(31, [](const Eigen::Vector3f& p) {
        const float distance = p.cwiseAbs().maxCoeff() - 10 * static_cast<float>(default_grid_side / 31);
        return std::abs(distance) < 1e-5F ? 0.0F : distance;
    });
    const TriangleMesh mesh = extract_surface(grid);
    EXPECT_TRUE(closed_and_oriented(mesh));
    EXPECT_NEAR(signed_volume(mesh), std::pow(20 * grid.cell(), 3), 0.02);
    EXPECT_EQ(count_boundary_edges(welded(mesh, 1e-6F)), 0);
}

TEST(SurfaceExtraction, OccupiedBorderIsClosed) {
    const VoxelGrid full(70, 1);
    const TriangleMesh mesh = extract_surface(full, 0.5F);
    EXPECT_TRUE(closed_and_oriented(mesh));
    const Eigen::AlignedBox3f box = mesh.bounding_box();
    EXPECT_NEAR(box.max().x(), full.side / 2, 1e-5);
    EXPECT_NEAR(box.min().z(), -full.side / 2, 1e-5);
    EXPECT_NEAR(signed_volume(mesh), std::pow(full.side, 3), 0.01);
}

TEST(SurfaceExtraction, OccupancyThresholdPlacesTheSurface) {
    VoxelGrid grid(8, 0, 8.0);
    for (int z = 0; z < 8; ++z) {
        for (int y = 0; y < 8; ++y) {
            for (int x = 0; x < 8; ++x) {
                grid.at(x, y, z) = static_cast<float>(x) / 8;
            }
        }
    }
    const TriangleMesh mesh = extract_surface(grid, 0.55F);
    // value = (p.x + 3.5) / 8
    EXPECT_NEAR(mesh.bounding_box().min().x(), 0.55 * 8 - 3.5, 1e-4);
    EXPECT_TRUE(closed_and_oriented(mesh));
    EXPECT_TRUE(extract_surface(grid, 0.9F).empty());
    EXPECT_TRUE(extract_surface(VoxelGrid(8), 0.5F).empty());
}

TEST(SurfaceExtraction, RandomFieldsAreClosed) {
    for (const unsigned seed : {1U, 2U, 3U}) {
        // Around a corner where eight blocks of the extraction meet.
        VoxelGrid grid(72);
        unsigned state = seed;
        for (int z = 57; z < 72; ++z) {
            for (int y = 57; y < 72; ++y) {
                for (int x = 57; x < 72; ++x) {
                    state = state * 1664525U + 1013904223U;
                    grid.at(x, y, z) = static_cast<float>(state >> 8U) / static_cast<float>(1U << 24U);
                }
            }
        }
        const TriangleMesh mesh = extract_surface(grid, 0.6F);
        EXPECT_EQ(count_boundary_edges(mesh), 0);
        EXPECT_GT(signed_volume(mesh), 0);
        for (const Eigen::Vector3f& normal : mesh.vertex_normals) {
            ASSERT_NEAR(normal.norm(), 1, 1e-4);
        }
    }
}

TEST(SurfaceExtraction, SameBitsForAnyNumberOfThreads) {
    const SignedDistanceGrid grid = sphere_field(80, 0.4F);
    const int threads = thread_count();
    set_thread_count(1);
    const TriangleMesh one = extract_surface(grid);
    set_thread_count(3);
    const TriangleMesh three = extract_surface(grid);
    set_thread_count(threads);
    EXPECT_EQ(one.vertices, three.vertices);
    EXPECT_EQ(one.triangles, three.triangles);
}

TEST(SurfaceExtraction, RefusesBrokenFields) {
    VoxelGrid grid(4);
    grid.at(1, 2, 3) = std::numeric_limits<float>::quiet_NaN();
    EXPECT_THROW((void)extract_surface(grid, 0.5F), Error);
    EXPECT_THROW((void)extract_surface(VoxelGrid(4), std::numeric_limits<float>::infinity()), UsageError);
    EXPECT_THROW((void)extract_surface(VoxelGrid(), 0.5F), UsageError);
}

TEST(LargestComponents, KeepsWhatIsLargeEnough) {
    TriangleMesh mesh = make_box({1, 1, 1});
    mesh.vertex_colours.assign(mesh.vertices.size(), {1, 0, 0});
    mesh.materials.resize(2);
    mesh.material_ids.assign(mesh.triangles.size(), 0);
    const std::size_t box_triangles = mesh.triangles.size();
    for (const float size : {0.5F, 0.1F}) {
        const TriangleMesh other = make_box({size, size, size});
        const int first = static_cast<int>(mesh.vertices.size());
        for (const Eigen::Vector3f& v : other.vertices) {
            mesh.vertices.emplace_back(v + Eigen::Vector3f(3 + size, 0, 0));
            mesh.vertex_colours.emplace_back(0, size, 0);
        }
        for (const Eigen::Vector3i& t : other.triangles) {
            mesh.triangles.emplace_back(t.array() + first);
            mesh.material_ids.push_back(1);
        }
    }
    const TriangleMesh one = largest_components(mesh, 0.5F);
    one.validate("one part");
    EXPECT_EQ(one.triangles.size(), box_triangles);
    EXPECT_LT(one.bounding_box().max().x(), 1);
    const TriangleMesh two = largest_components(mesh, 0.2F);
    two.validate("two parts");
    EXPECT_EQ(two.triangles.size(), 2 * box_triangles);
    EXPECT_EQ(two.vertex_colours.back(), Eigen::Vector3f(0, 0.5F, 0));
    EXPECT_EQ(two.material_ids.back(), 1);
    EXPECT_EQ(largest_components(mesh, 0).triangles.size(), 3 * box_triangles);
    EXPECT_TRUE(largest_components(TriangleMesh(), 0.5F).empty());
}

TEST(SmoothTaubin, RemovesNoiseAndKeepsTheVolume) {
    VoxelGrid stairs(32);
    const SignedDistanceGrid sphere = sphere_field(32, 0.4F);
    for (std::size_t i = 0; i < stairs.values.size(); ++i) {
        stairs.values[i] = sphere.values[i] < 0 ? 1 : 0;
    }
    TriangleMesh mesh = extract_surface(stairs, 0.5F);
    const auto spread = [&] {
        double sum = 0;
        double squares = 0;
        for (const Eigen::Vector3f& v : mesh.vertices) {
            sum += static_cast<double>(v.norm());
            squares += static_cast<double>(v.squaredNorm());
        }
        const auto count = static_cast<double>(mesh.vertices.size());
        return std::sqrt(std::max(squares / count - std::pow(sum / count, 2), 0.0));
    };
    const double before = spread();
    const double volume = signed_volume(mesh);
    smooth_taubin(mesh, 0);
    EXPECT_DOUBLE_EQ(spread(), before);
    smooth_taubin(mesh, 10);
    EXPECT_LT(spread(), before * 0.6);
    EXPECT_NEAR(signed_volume(mesh), volume, 0.02 * volume);
    EXPECT_GT(mesh.vertex_normals[0].dot(mesh.vertices[0].normalized()), 0.9F);
}

TEST(CountBoundaryEdges, CountsEdgesOfOneTriangle) {
    TriangleMesh box = make_box({1, 1, 1});
    box = welded(box, 1e-6F);
    EXPECT_EQ(count_boundary_edges(box), 0);
    box.triangles.pop_back();
    EXPECT_EQ(count_boundary_edges(box), 3);
    EXPECT_EQ(count_boundary_edges(TriangleMesh()), 0);
}

}  // namespace
}  // namespace maquette::render
