#include "recon/refine/lifting.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include "recon/refine/picture_sampling.h"
#include "render/grid.h"

namespace maquette::recon {
namespace {

render::Camera tilted_camera(double field_of_view) {
    render::Camera camera = render::orbit_camera({35, 20, 10, field_of_view, field_of_view > 0 ? 2.5 : 0}, 96, 64);
    camera.cx += 3;
    camera.cy -= 2;
    return camera;
}

TEST(Lifting, ProjectsAsTheCameraDoes) {
    for (const double field_of_view : {45.0, 0.0}) {
        const render::Camera camera = tilted_camera(field_of_view);
        const auto projections = projection_tensor(camera).unsqueeze(0);
        const auto points = cell_centres(4, 1).view({-1, 3});
        const auto projected = project_points(projections, points);
        const auto origin = camera.project(Eigen::Vector3d::Zero());
        for (std::int64_t i = 0; i < points.size(0); ++i) {
            const Eigen::Vector3d x(points[i][0].item<double>(), points[i][1].item<double>(),
                                    points[i][2].item<double>());
            const auto pixel = camera.project(x);
            ASSERT_TRUE(pixel);
            EXPECT_NEAR((projected.coordinates[0][i][0].item<double>() + 1) / 2 * camera.width, pixel->x(), 1e-3);
            EXPECT_NEAR((projected.coordinates[0][i][1].item<double>() + 1) / 2 * camera.height, pixel->y(), 1e-3);
            if (field_of_view > 0) {
                EXPECT_NEAR(projected.depth[0][i].item<double>(), pixel->z() - origin->z(), 1e-5);
            }
        }
    }
}

TEST(Lifting, CellsAreThoseOfAGrid) {
    const render::VoxelGrid grid(4);
    const auto centres = cell_centres(4, grid.side);
    for (int axis = 0; axis < 3; ++axis) {
        EXPECT_NEAR(centres[3][1][2][axis].item<float>(), grid.centre(2, 1, 3)[axis], 1e-6F);
    }
}

TEST(Lifting, PointsBehindTheCameraSeeNothing) {
    render::Camera camera = tilted_camera(45);
    const auto picture = at::ones({1, 2, 8, 8});
    const Eigen::Vector3d behind = camera.centre_in_object() * 1.5;
    auto points = at::empty({1, 3});
    for (int axis = 0; axis < 3; ++axis) points[0][axis] = behind[axis];
    const auto projected = project_points(projection_tensor(camera).unsqueeze(0), points);
    EXPECT_EQ(sample_pictures(picture, projected.coordinates).abs().max().item<float>(), 0);
}

TEST(Lifting, ReadsPicturesWherePixelCentresAre) {
    // A ramp over pixel centres is its own bilinear interpolation.
    const auto ramp = (at::arange(8, torch::kFloat32) + 0.5).view({1, 1, 1, 8}).expand({1, 1, 8, 8}).contiguous();
    auto coordinates = at::empty({1, 3, 2});
    const std::array<float, 3> pixels = {0.5F, 3.25F, 7.5F};
    for (int i = 0; i < 3; ++i) {
        coordinates[0][i][0] = 2 * pixels[static_cast<std::size_t>(i)] / 8 - 1;
        coordinates[0][i][1] = 0;
    }
    const auto values = sample_pictures(ramp, coordinates);
    ASSERT_EQ(values.sizes(), (std::vector<std::int64_t>{1, 1, 3}));
    for (int i = 0; i < 3; ++i) EXPECT_NEAR(values[0][0][i].item<float>(), pixels[static_cast<std::size_t>(i)], 1e-5F);
}

TEST(Lifting, PackingKeepsEightNeighboursInOneCell) {
    const auto voxels = at::arange(2 * 3 * 64, torch::kFloat32).view({2, 3, 4, 4, 4});
    const auto packed = pack_voxels(voxels);
    ASSERT_EQ(packed.sizes(), (std::vector<std::int64_t>{2, 24, 2, 2, 2}));
    EXPECT_TRUE(at::equal(unpack_voxels(packed), voxels));
    // Channel 1, cell (z 1, y 0, x 1), its corner (1, 0, 1).
    EXPECT_EQ(packed[1][8 + 5][1][0][1].item<float>(), voxels[1][1][3][0][3].item<float>());
}

}  // namespace
}  // namespace maquette::recon
