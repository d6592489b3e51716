#include "render/field_picture.h"

#include <gtest/gtest.h>

#include <cmath>

#include "render/error.h"

namespace maquette::render {
namespace {

VoxelGrid ball(double radius) {
    VoxelGrid grid(48);
    for (int z = 0; z < 48; ++z) {
        for (int y = 0; y < 48; ++y) {
            for (int x = 0; x < 48; ++x) grid.at(x, y, z) = grid.centre(x, y, z).norm() < radius ? 1 : 0;
        }
    }
    return grid;
}

TEST(FieldPicture, ShowsABallWhereItIs) {
    const Camera camera = orbit_camera({70, 25, 5, 40, 3}, 64, 64);
    const FieldPicture picture = picture_of_field(ball(0.3), camera, 200);
    // A sphere's outline is a circle of this radius in pixels.
    const double outline = camera.fx * std::tan(std::asin(0.3 / 3));
    for (int y = 0; y < 64; ++y) {
        for (int x = 0; x < 64; ++x) {
            const double from_centre = std::hypot(x + 0.5 - 32, y + 0.5 - 32);
            if (from_centre < outline - 1.5) {
                EXPECT_GT(picture.coverage.at(x, y), 0.99F) << x << " " << y;
            } else if (from_centre > outline + 1.5) {
                EXPECT_LT(picture.coverage.at(x, y), 0.01F) << x << " " << y;
            }
        }
    }
    EXPECT_NEAR(picture.depth.at(32, 32), -0.3, 0.03);
    EXPECT_EQ(picture.depth.at(1, 1), 0);
}

TEST(FieldPicture, HalfOpacityShowsWhatIsBehind) {
    VoxelGrid grid(32, 0.05F);
    const Camera camera = orbit_camera({0, 0, 0, 40, 3}, 8, 8);
    const FieldPicture few = picture_of_field(grid, camera, 4);
    EXPECT_GT(few.coverage.at(4, 4), 0.05F);
    EXPECT_LT(few.coverage.at(4, 4), 1 - std::pow(0.95F, 4.0F) + 1e-4F);
    EXPECT_NEAR(few.depth.at(4, 4), 0, 0.1);
}

TEST(FieldPicture, RefusesWhatItCannotDraw) {
    EXPECT_THROW((void)picture_of_field(ball(0.3), orbit_camera({0, 0, 0, 0, 0}, 8, 8)), UsageError);
    EXPECT_THROW((void)picture_of_field(ball(0.3), orbit_camera({0, 0, 0, 40, 3}, 8, 8), 0), UsageError);
}

}  // namespace
}  // namespace maquette::render
