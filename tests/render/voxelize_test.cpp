#include "render/voxelize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "render/error.h"
#include "render/parallel.h"

namespace maquette::render {
namespace {

void append(TriangleMesh& mesh, const TriangleMesh& other) {
    const int first = static_cast<int>(mesh.vertices.size());
    mesh.vertices.insert(mesh.vertices.end(), other.vertices.begin(), other.vertices.end());
    for (const Eigen::Vector3i& t : other.triangles) {
        mesh.triangles.emplace_back(t.array() + first);
    }
}

void add_quad(TriangleMesh& mesh, const Eigen::Vector3f& a, const Eigen::Vector3f& b, const Eigen::Vector3f& c,
              const Eigen::Vector3f& d) {
    const int first = static_cast<int>(mesh.vertices.size());
    mesh.vertices.insert(mesh.vertices.end(), {a, b, c, d});
    mesh.triangles.emplace_back(first, first + 1, first + 2);
    mesh.triangles.emplace_back(first, first + 2, first + 3);
}

/// Surface swept by a polyline of (radius, height) around Y.
TriangleMesh lathe(const std::vector<Eigen::Vector2f>& profile, int segments = 48) {
    TriangleMesh mesh;
    for (std::size_t i = 0; i + 1 < profile.size(); ++i) {
        for (int s = 0; s < segments; ++s) {
            const auto point = [&](const Eigen::Vector2f& p, int segment) {
                const double angle = 2 * std::numbers::pi * segment / segments;
                return Eigen::Vector3f(p.x() * static_cast<float>(std::cos(angle)), p.y(),
                                       p.x() * static_cast<float>(std::sin(angle)));
            };
            add_quad(mesh, point(profile[i], s), point(profile[i], s + 1), point(profile[i + 1], s + 1),
                     point(profile[i + 1], s));
        }
    }
    return mesh;
}

/// The six sides of a cube with the top (+Y) replaced by two strips that leave a slit of `width` along Z.
TriangleMesh cube_with_slit(float half, float width) {
    TriangleMesh mesh = make_box(Eigen::Vector3f::Constant(2 * half));
    std::erase_if(mesh.triangles, [&](const Eigen::Vector3i& t) {
        return std::all_of(t.begin(), t.end(),
                           [&](int v) { return mesh.vertices[static_cast<std::size_t>(v)].y() > half * 0.99F; });
    });
    const float w = width / 2;
    add_quad(mesh, {-half, half, -half}, {-w, half, -half}, {-w, half, half}, {-half, half, half});
    add_quad(mesh, {w, half, -half}, {half, half, -half}, {half, half, half}, {w, half, half});
    return mesh;
}

float value_at(const Grid& grid, const Eigen::Vector3f& p) {
    const Eigen::Vector3i cell =
        ((p.array() + static_cast<float>(grid.side / 2)) / static_cast<float>(grid.cell())).floor().cast<int>();
    return grid.at(cell.x(), cell.y(), cell.z());
}

double box_distance(const Eigen::Vector3f& p, const Eigen::Vector3f& half) {
    const Eigen::Vector3f q = p.cwiseAbs() - half;
    return static_cast<double>(q.cwiseMax(0.0F).norm() + std::min(q.maxCoeff(), 0.0F));
}

template <typename Check>
void for_each_cell(const Grid& grid, Check check) {
    for (int z = 0; z < grid.resolution; ++z) {
        for (int y = 0; y < grid.resolution; ++y) {
            for (int x = 0; x < grid.resolution; ++x) {
                check(grid.centre(x, y, z), grid.at(x, y, z));
            }
        }
    }
}

TEST(Voxelize, BoxOccupiesExactlyTheCellsItTouches) {
    const Eigen::Vector3f half(0.41F, 0.23F, 0.335F);
    const VoxelGrid grid = voxelize(make_box(2 * half), 32);
    const auto half_cell = static_cast<float>(grid.cell() / 2);
    int occupied = 0;
    for_each_cell(grid, [&](const Eigen::Vector3f& p, float value) {
        const bool touches = ((p.cwiseAbs() - half).array() <= half_cell).all();
        ASSERT_EQ(value, touches ? 1.0F : 0.0F) << p.transpose();
        occupied += touches ? 1 : 0;
    });
    EXPECT_EQ(occupied, 26 * 14 * 22);
}

TEST(Voxelize, SphereHasItsVolume) {
    const float radius = 0.43F;
    const SolidFields fields =
        solid_fields(make_sphere(radius, 64, 128), RayCaster(make_sphere(radius, 64, 128)), 32, 0.2F);
    const double cell = fields.occupancy.cell();
    double inside = 0;
    for_each_cell(fields.distance, [&](const Eigen::Vector3f& p, float value) {
        inside += value < 0 ? 1 : 0;
        EXPECT_NEAR(value, std::clamp(p.norm() - radius, -0.2F, 0.2F), 1e-3);
    });
    EXPECT_NEAR(inside * cell * cell * cell, 4.0 / 3.0 * std::numbers::pi * std::pow(radius, 3), 0.005);
    for_each_cell(fields.occupancy, [&](const Eigen::Vector3f& p, float value) {
        if (p.norm() < radius) {
            EXPECT_EQ(value, 1);
        } else if (p.norm() > radius + 0.87 * cell) {
            EXPECT_EQ(value, 0);
        }
    });
}

TEST(Voxelize, TurnedBoxHasTheExactSignedDistance) {
    const Eigen::Vector3f half(0.3F, 0.012F, 0.21F);
    const Eigen::Quaternionf object_from_box =
        Eigen::AngleAxisf(0.6F, Eigen::Vector3f(1, 2, -0.5F).normalized()) * Eigen::Quaternionf::Identity();
    TriangleMesh mesh = make_box(2 * half);
    mesh.transform(Eigen::Affine3f(object_from_box));
    for (const int supersampling : {3, 4}) {
        SolidRule rule;
        rule.supersampling = supersampling;
        const SignedDistanceGrid grid = signed_distance(mesh, 48, 0.15F, rule);
        for_each_cell(grid, [&](const Eigen::Vector3f& p, float value) {
            const double truth = box_distance(object_from_box.inverse() * p, half);
            EXPECT_NEAR(value, std::clamp(truth, -0.15, 0.15), 1e-5) << p.transpose();
        });
    }
}

TEST(Voxelize, CupIsHollowAndItsWallSolid) {
    // 0.9 high, 0.5 wide and 0.8 deep inside, walls 0.05, floor 0.1
    const TriangleMesh cup =
        lathe({{0, -0.45F}, {0.3F, -0.45F}, {0.3F, 0.45F}, {0.25F, 0.45F}, {0.25F, -0.35F}, {0, -0.35F}});
    const RayCaster caster(cup);
    const SolidFields fields = solid_fields(cup, caster, 64, 0.1F);
    for (const float y : {-0.31F, -0.2F, 0.0F, 0.4F}) {
        for (const float x : {0.0F, 0.1F, -0.2F}) {
            EXPECT_EQ(value_at(fields.occupancy, {x, y, 0.5F * x}), 0) << x << ' ' << y;
            EXPECT_GT(value_at(fields.distance, {x, y, 0.5F * x}), 0);
        }
        EXPECT_EQ(value_at(fields.occupancy, {0.275F, y, 0}), 1);
        EXPECT_LT(value_at(fields.distance, {0.275F, y, 0}), 0);
    }
    EXPECT_LT(value_at(fields.distance, {0.1F, -0.4F, 0.1F}), 0);
    EXPECT_EQ(value_at(fields.occupancy, {0.4F, 0, 0}), 0);
}

TEST(Voxelize, CupOfOneSheetIsAThinShell) {
    const TriangleMesh cup = lathe({{0, -0.4F}, {0.3F, -0.4F}, {0.3F, 0.4F}});
    const RayCaster caster(cup);
    const SolidFields fields = solid_fields(cup, caster, 32, 0.1F);
    EXPECT_EQ(value_at(fields.occupancy, {0, 0, 0}), 0);
    EXPECT_EQ(value_at(fields.occupancy, {0.3F, 0, 0}), 1);
    const double half_fine_cell = fields.distance.cell() / 8;
    for_each_cell(fields.distance, [&](const Eigen::Vector3f& p, float value) {
        if (std::abs(p.y()) < 0.2F) {
            const double to_sheet = static_cast<double>(caster.closest(p).distance);
            EXPECT_NEAR(value, std::min(to_sheet - half_fine_cell, 0.1), 1e-5);
        }
    });
}

TEST(Voxelize, BottleStaysSolidBehindItsNarrowNeck) {
    const VoxelGrid grid = voxelize(lathe({{0, -0.5F}, {0.2F, -0.5F}, {0.2F, 0.1F}, {0.03F, 0.2F}, {0.03F, 0.5F}}), 32);
    EXPECT_EQ(value_at(grid, {0, -0.3F, 0}), 1);
    EXPECT_EQ(value_at(grid, {0.1F, 0, 0.05F}), 1);
}

TEST(Voxelize, BoxIsOpenWithoutALidAndSolidWithASlit) {
    const double fine_cell = default_grid_side / 32 / 4;
    const VoxelGrid open = voxelize(cube_with_slit(0.4F, 0.8F), 32);
    EXPECT_EQ(value_at(open, {0, 0, 0}), 0);
    EXPECT_EQ(value_at(open, {0.3F, -0.3F, 0.3F}), 0);
    EXPECT_EQ(value_at(open, {0, -0.4F, 0}), 1);
    for (const double width : {0.0, 1.0, 1.99}) {
        const VoxelGrid slit = voxelize(cube_with_slit(0.4F, static_cast<float>(width * fine_cell)), 32);
        const VoxelGrid closed = voxelize(make_box({0.8F, 0.8F, 0.8F}), 32);
        EXPECT_EQ(slit.values, closed.values) << width;
    }
    SolidRule no_gaps;
    no_gaps.gap_cells = 1;
    no_gaps.min_open_directions = 1;
    const VoxelGrid leaking = voxelize(cube_with_slit(0.4F, static_cast<float>(16 * fine_cell)), 32, no_gaps);
    EXPECT_EQ(value_at(leaking, {0, 0, 0}), 0);
}

TEST(Voxelize, NestedSpheresAreSolid) {
    TriangleMesh mesh = make_sphere(0.45F, 32, 64);
    const VoxelGrid outer = voxelize(mesh, 32);
    append(mesh, make_sphere(0.3F, 32, 64));
    EXPECT_EQ(voxelize(mesh, 32).values, outer.values);
    EXPECT_EQ(value_at(outer, {0, 0, 0}), 1);
}

TEST(Voxelize, ThinPlateKeepsItsCells) {
    TriangleMesh plate;
    add_quad(plate, {-0.5F, 0.01F, -0.4F}, {0.5F, 0.01F, -0.4F}, {0.5F, 0.01F, 0.4F}, {-0.5F, 0.01F, 0.4F});
    const VoxelGrid grid = voxelize(plate, 32);
    int occupied = 0;
    for_each_cell(grid, [&](const Eigen::Vector3f& p, float value) {
        occupied += value > 0 ? 1 : 0;
        EXPECT_EQ(value > 0, p.y() > 0 && p.y() < 0.03F && std::abs(p.z()) < 0.42F) << p.transpose();
    });
    EXPECT_EQ(occupied, 32 * 26);
}

TEST(Voxelize, WindingDuplicatesAndIntersectionsDoNotMatter) {
    TriangleMesh mesh = make_box({0.9F, 0.3F, 0.3F});
    append(mesh, make_box({0.3F, 0.9F, 0.32F}));
    const SignedDistanceGrid distance = signed_distance(mesh, 32, 0.1F);
    const VoxelGrid occupancy = voxelize(mesh, 32);
    EXPECT_EQ(value_at(distance, {0.4F, 0, 0}) < 0, true);
    EXPECT_EQ(value_at(occupancy, {0, 0, 0}), 1);

    TriangleMesh other = mesh;
    for (std::size_t i = 0; i < other.triangles.size(); i += 2) {
        std::swap(other.triangles[i][0], other.triangles[i][1]);
    }
    append(other, mesh);
    EXPECT_EQ(voxelize(other, 32).values, occupancy.values);
    const SignedDistanceGrid other_distance = signed_distance(other, 32, 0.1F);
    for (std::size_t i = 0; i < distance.values.size(); ++i) {
        ASSERT_NEAR(other_distance.values[i], distance.values[i], 1e-6);
    }
}

TEST(Voxelize, SameBitsForAnyNumberOfThreads) {
    const TriangleMesh cup =
        lathe({{0, -0.45F}, {0.3F, -0.45F}, {0.2F, 0.45F}, {0.15F, 0.45F}, {0.25F, -0.35F}, {0, -0.35F}});
    const RayCaster caster(cup);
    const int threads = thread_count();
    set_thread_count(1);
    const SolidFields one = solid_fields(cup, caster, 24, 0.1F);
    set_thread_count(5);
    const SolidFields five = solid_fields(cup, caster, 24, 0.1F);
    set_thread_count(threads);
    EXPECT_EQ(one.occupancy.values, five.occupancy.values);
    EXPECT_EQ(one.distance.values, five.distance.values);
    EXPECT_EQ(voxelize(cup, 24).values, one.occupancy.values);
    EXPECT_EQ(signed_distance(cup, 24, 0.1F).values, one.distance.values);
}

TEST(Voxelize, PartsBeyondTheCubeCountForTheDistance) {
    const Eigen::Vector3f half(0.1F, 0.2F, 0.3F);
    const Eigen::Vector3f beyond(0.75F, 0, 0);
    TriangleMesh mesh = make_box(2 * half);
    TriangleMesh far_box = mesh;
    far_box.transform(Eigen::Affine3f(Eigen::Translation3f(beyond)));
    append(mesh, far_box);
    for_each_cell(signed_distance(mesh, 16, 0.2F), [&](const Eigen::Vector3f& p, float value) {
        const double truth = std::min(box_distance(p, half), box_distance(p - beyond, half));
        EXPECT_NEAR(value, std::clamp(truth, -0.2, 0.2), 1e-5) << p.transpose();
    });
}

TEST(Voxelize, RefusesWhatMakesNoGrid) {
    const TriangleMesh box = make_box({1, 1, 1});
    EXPECT_THROW((void)voxelize(TriangleMesh(), 32), InputError);
    EXPECT_THROW((void)voxelize(box, 0), UsageError);
    EXPECT_THROW((void)voxelize(box, 1 << 20), UsageError);
    EXPECT_THROW((void)voxelize(box, 8, {}, -1), UsageError);
    EXPECT_THROW((void)voxelize(box, 8, {4, 0, 3}), UsageError);
    EXPECT_THROW((void)voxelize(box, 8, {4, 2, 0}), UsageError);
    EXPECT_THROW((void)signed_distance(box, 8, 0), UsageError);
}

}  // namespace
}  // namespace maquette::render
