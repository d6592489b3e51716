#include "render/grid.h"

#include <gtest/gtest.h>

#include <limits>

#include "render/error.h"

namespace maquette::render {
namespace {

Grid linear_field(int resolution) {
    Grid grid(resolution, 0, 2.0);
    for (int z = 0; z < resolution; ++z) {
        for (int y = 0; y < resolution; ++y) {
            for (int x = 0; x < resolution; ++x) {
                const Eigen::Vector3f p = grid.centre(x, y, z);
                grid.at(x, y, z) = 1 + 2 * p.x() - 3 * p.y() + 0.5F * p.z();
            }
        }
    }
    return grid;
}

TEST(Grid, LayoutHasXFastest) {
    VoxelGrid grid(4, 0, 2.0);
    grid.at(1, 2, 3) = 7;
    EXPECT_EQ(grid.values[3 * 16 + 2 * 4 + 1], 7);
    EXPECT_TRUE(grid.centre(0, 0, 0).isApprox(Eigen::Vector3f(-0.75F, -0.75F, -0.75F)));
    EXPECT_TRUE(grid.centre(3, 2, 1).isApprox(Eigen::Vector3f(0.75F, 0.25F, -0.25F)));
    EXPECT_DOUBLE_EQ(VoxelGrid(32).cell(), 34.0 / 32.0 / 32.0);
}

TEST(Grid, TrilinearSamplingReproducesLinearFields) {
    const Grid grid = linear_field(8);
    for (const Eigen::Vector3f& p :
         {Eigen::Vector3f(0, 0, 0), Eigen::Vector3f(0.31F, -0.6F, 0.87F), Eigen::Vector3f(-0.875F, 0.875F, 0.1F)}) {
        EXPECT_NEAR(sample_trilinear(grid, p), 1 + 2 * p.x() - 3 * p.y() + 0.5F * p.z(), 1e-5);
    }
}

TEST(Grid, SamplingOutsideClampsToTheBorder) {
    const Grid grid = linear_field(8);
    EXPECT_FLOAT_EQ(sample_trilinear(grid, {-50, -50, -50}), grid.at(0, 0, 0));
    EXPECT_FLOAT_EQ(sample_trilinear(grid, {50, -50, 0.125F}), grid.at(7, 0, 4));
    const float nan = std::numeric_limits<float>::quiet_NaN();
    EXPECT_FLOAT_EQ(sample_trilinear(grid, {nan, nan, nan}), grid.at(0, 0, 0));
    EXPECT_THROW((void)sample_trilinear(Grid(), {0, 0, 0}), UsageError);
}

TEST(Grid, CoarseningTakesTheMeanOfTheBox) {
    VoxelGrid grid(4);
    grid.at(2, 0, 0) = 1;
    grid.at(3, 1, 1) = 0.5F;
    const VoxelGrid coarse = resampled(grid, 2);
    EXPECT_EQ(coarse.resolution, 2);
    EXPECT_DOUBLE_EQ(coarse.side, grid.side);
    EXPECT_FLOAT_EQ(coarse.at(1, 0, 0), 1.5F / 8);
    EXPECT_FLOAT_EQ(coarse.at(0, 0, 0), 0);
    EXPECT_FLOAT_EQ(coarse.at(1, 1, 1), 0);
}

TEST(Grid, RefiningInterpolatesOverTheSameCube) {
    VoxelGrid grid(2, 0, 2.0);
    for (int z = 0; z < 2; ++z) {
        for (int y = 0; y < 2; ++y) {
            grid.at(1, y, z) = 1;
        }
    }
    const VoxelGrid fine = resampled(grid, 4);
    for (int z = 0; z < 4; ++z) {
        EXPECT_FLOAT_EQ(fine.at(0, 1, z), 0);
        EXPECT_FLOAT_EQ(fine.at(1, 1, z), 0.25F);
        EXPECT_FLOAT_EQ(fine.at(2, 1, z), 0.75F);
        EXPECT_FLOAT_EQ(fine.at(3, 1, z), 1);
    }
}

TEST(Grid, ResamplingBetweenUnrelatedResolutionsMatchesSampling) {
    VoxelGrid grid(7);
    for (std::size_t i = 0; i < grid.values.size(); ++i) {
        grid.values[i] = static_cast<float>((i * 2654435761U) % 1000U) / 1000.0F;
    }
    for (const int resolution : {5, 12}) {
        const VoxelGrid other = resampled(grid, resolution);
        EXPECT_NEAR(other.at(2, 3, 1), sample_trilinear(grid, other.centre(2, 3, 1)), 1e-5);
    }
    EXPECT_EQ(resampled(grid, 7).values, grid.values);
    EXPECT_THROW((void)resampled(grid, 0), UsageError);
    EXPECT_THROW((void)resampled(VoxelGrid(), 4), UsageError);
}

}  // namespace
}  // namespace maquette::render
