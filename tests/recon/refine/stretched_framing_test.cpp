#include "recon/refine/stretched_framing.h"

#include <gtest/gtest.h>

#include <cmath>

namespace maquette::recon {
namespace {

constexpr int size = 128;

/// Solid box of these sides (longest 1) on a grid.
render::VoxelGrid box(const Eigen::Vector3d& sides) {
    render::VoxelGrid grid(32);
    for (int z = 0; z < 32; ++z) {
        for (int y = 0; y < 32; ++y) {
            for (int x = 0; x < 32; ++x) {
                const Eigen::Vector3d place = grid.centre(x, y, z).cast<double>().cwiseAbs();
                grid.at(x, y, z) = (place.array() <= sides.array() / 2).all() ? 1.0F : 0.0F;
            }
        }
    }
    return grid;
}

/// What a camera sees of a box, as a filled bounding rectangle.
render::FloatImage mask_of(const Eigen::Vector3d& sides, const CropCamera& crop) {
    const render::Camera camera = camera_of(crop, size);
    Eigen::Array2d low(1e9, 1e9);
    Eigen::Array2d high = -low;
    for (int i = 0; i < 8; ++i) {
        const Eigen::Vector3d corner((i & 1) - 0.5, (i >> 1 & 1) - 0.5, (i >> 2) - 0.5);
        const auto pixel = camera.project(corner.cwiseProduct(sides));
        low = low.min(pixel->head<2>().array());
        high = high.max(pixel->head<2>().array());
    }
    render::FloatImage mask(size, size, 1, 0);
    for (int y = static_cast<int>(std::lround(low.y())); y < std::lround(high.y()); ++y) {
        for (int x = static_cast<int>(std::lround(low.x())); x < std::lround(high.x()); ++x) mask.at(x, y) = 1;
    }
    return mask;
}

const CropCamera truth{
    .azimuth = 30, .elevation = 20, .distance = 2.4, .scale = 0.6, .centre_x = 0.55, .centre_y = 0.45};

CropCamera lost() {
    CropCamera crop = truth;
    crop.scale = 0.9;
    crop.centre_x = 0.3;
    crop.centre_y = 0.7;
    return crop;
}

TEST(StretchedFraming, TheObjectItselfIsFramedByItsCamera) {
    const Eigen::Vector3d sides(1, 0.5, 0.75);
    const auto found = framed_stretched(lost(), outline_points(box(sides)), mask_of(sides, truth));
    EXPECT_NEAR(found.scale, truth.scale, 0.02);
    EXPECT_NEAR(found.centre_x, truth.centre_x, 0.01);
    EXPECT_NEAR(found.centre_y, truth.centre_y, 0.01);
    EXPECT_EQ(found.azimuth, truth.azimuth);
}

// The size of a tall object in a picture is not that of a low one that covers as much.
TEST(StretchedFraming, OtherProportionsAreMadeUpFor) {
    const Eigen::Vector3d tall(0.5, 1, 0.5);
    const Eigen::Vector3d low(1, 0.6, 1);
    const auto mask = mask_of(tall, truth);
    const double plain = framed_like(lost(), solid_cells(box(low)), mask).scale;
    const double stretched = framed_stretched(lost(), outline_points(box(low)), mask).scale;
    EXPECT_LT(std::abs(std::log(stretched / truth.scale)), 0.5 * std::abs(std::log(plain / truth.scale)));
    EXPECT_NEAR(stretched, truth.scale, 0.1);
}

TEST(StretchedFraming, OutlinesReachTheOuterFaces) {
    const auto points = outline_points(box({1, 0.5, 0.25}));
    const Eigen::Vector3d extent = points.rowwise().maxCoeff() - points.rowwise().minCoeff();
    EXPECT_NEAR(extent.x(), 1, 1e-9);
    EXPECT_NEAR(extent.y(), 0.5, 0.05);
    EXPECT_NEAR(extent.z(), 0.25, 0.05);
    EXPECT_EQ(outline_points(render::VoxelGrid(32)).cols(), 8);
}

TEST(StretchedFraming, NothingToFrameLeavesTheCamera) {
    const auto points = outline_points(box({1, 1, 1}));
    const auto crop = lost();
    EXPECT_EQ(framed_stretched(crop, points, render::FloatImage(size, size, 1, 0)).scale, crop.scale);
    Projection behind = Projection::Zero();
    behind(2, 3) = -1;
    EXPECT_FALSE(stretched_framing(behind, points, mask_of({1, 1, 1}, truth)).has_value());
}

}  // namespace
}  // namespace maquette::recon
