#include "recon/eval/camera_tally.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace maquette::recon {
namespace {

render::VoxelGrid filled(int x0, int x1, int z0, int z1) {
    render::VoxelGrid grid(32);
    for (int z = z0; z < z1; ++z) {
        for (int y = 4; y < 28; ++y) {
            for (int x = x0; x < x1; ++x) grid.at(x, y, z) = 1;
        }
    }
    return grid;
}

TEST(CameraTally, SymmetryIsTheShapesOwn) {
    EXPECT_TRUE(rotationally_symmetric(filled(8, 24, 8, 24))) << "a square post looks the same from four sides";
    EXPECT_TRUE(rotationally_symmetric(filled(4, 28, 12, 20))) << "a slab from two";
    render::VoxelGrid corner = filled(4, 28, 4, 10);
    for (std::size_t i = 0; i < corner.values.size(); ++i) {
        corner.values[i] = std::max(corner.values[i], filled(4, 10, 4, 28).values[i]);
    }
    EXPECT_FALSE(rotationally_symmetric(corner));
}

TEST(CameraTally, TurnsAsTheAzimuthDoes) {
    // A camera that stands 90 degrees further sees what the turned shape shows to the one that stayed.
    const render::VoxelGrid front = turned(filled(14, 18, 24, 30), 90);
    EXPECT_GT(front.at(4, 16, 16), 0.9F);
    EXPECT_LT(front.at(16, 16, 27), 0.1F);
}

TEST(CameraTally, CountsSharesOfAllAndOfTheAsymmetric) {
    const render::VoxelGrid slab = filled(4, 28, 12, 20);
    CameraTally tally;
    EXPECT_FALSE(tally.figures().has_value());
    const auto add = [&](double azimuth, bool symmetric) {
        tally.add({{.azimuth = azimuth}, 0.5, 0}, {.azimuth = 10}, slab, symmetric);
    };
    add(30, false);
    add(185, false);
    add(190, true);
    add(100, false);
    const CameraFigures figures = tally.figures().value();
    EXPECT_DOUBLE_EQ(figures.within_30, 0.25);
    EXPECT_DOUBLE_EQ(figures.flipped, 0.5);
    EXPECT_DOUBLE_EQ(figures.looks_same, 0.75) << "a slab turned by half a turn is the same";
    EXPECT_DOUBLE_EQ(figures.confidence, 0.5);
    EXPECT_DOUBLE_EQ(figures.asymmetric_share, 0.75);
    EXPECT_DOUBLE_EQ(figures.asymmetric_within_30, 1.0 / 3);
    EXPECT_DOUBLE_EQ(figures.asymmetric_flipped, 1.0 / 3);
}

}  // namespace
}  // namespace maquette::recon
