#include "recon/diffusion/unseen_directions.h"

#include <gtest/gtest.h>

#include <cmath>

namespace maquette::recon::diffusion {
namespace {

/// A block of the given half sides, object units.
render::VoxelGrid block(const Eigen::Vector3f& half) {
    render::VoxelGrid grid(32);
    for (int z = 0; z < 32; ++z) {
        for (int y = 0; y < 32; ++y) {
            for (int x = 0; x < 32; ++x) {
                grid.at(x, y, z) = ((grid.centre(x, y, z).cwiseAbs() - half).maxCoeff() < 0) ? 1.0F : 0.0F;
            }
        }
    }
    return grid;
}

TEST(UnseenDirections, APictureShowsTheSideThatFacesItAndNoOther) {
    const auto cube = block({0.3F, 0.3F, 0.3F});
    const CropCamera front{.azimuth = 0, .elevation = 0, .distance = 3};
    const auto cells = surface_cells(cube, 0.5F);
    const auto shown = squareness(cube, 0.5F, front);
    ASSERT_EQ(shown.size(), cells.size());
    const Eigen::Vector3d eye = camera_of(front, 1).cam_from_object.inverse().translation();
    int facing = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const int index = static_cast<int>(cells[i]);
        const auto centre = cube.centre(index % 32, index / 32 % 32, index / 1024);
        const double along = centre.cast<double>().dot(eye.normalized());
        if (along < 0.2) {
            EXPECT_LT(shown[i], 0.4F) << centre.transpose();
        } else if (shown[i] > 0.85F) {
            ++facing;
        }
    }
    EXPECT_GT(facing, 200);  // of about 18 x 18
}

TEST(UnseenDirections, WhatStandsInFrontHides) {
    auto two = block({0.1F, 0.1F, 0.1F});
    const auto alone = squareness(two, 0.5F, {.azimuth = 0, .elevation = 0, .distance = 3});
    // A wall between the block and the camera.
    const Eigen::Vector3f eye = camera_of({.azimuth = 0, .elevation = 0, .distance = 3}, 1)
                                    .cam_from_object.inverse()
                                    .translation()
                                    .cast<float>();
    const Eigen::Vector3f way = eye.normalized();
    auto wall = two;
    for (int z = 0; z < 32; ++z) {
        for (int y = 0; y < 32; ++y) {
            for (int x = 0; x < 32; ++x) {
                const float along = wall.centre(x, y, z).dot(way);
                if (along > 0.35F && along < 0.42F) wall.at(x, y, z) = 1;
            }
        }
    }
    const auto cells = surface_cells(wall, 0.5F);
    const auto hidden = squareness(wall, 0.5F, {.azimuth = 0, .elevation = 0, .distance = 3});
    float most = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const int index = static_cast<int>(cells[i]);
        if (wall.centre(index % 32, index / 32 % 32, index / 1024).dot(way) < 0.2F) most = std::max(most, hidden[i]);
    }
    EXPECT_EQ(most, 0);
    EXPECT_GT(*std::max_element(alone.begin(), alone.end()), 0.9F);
}

TEST(UnseenDirections, TheFirstPictureAskedForShowsTheBack) {
    const auto slab = block({0.4F, 0.4F, 0.1F});
    for (const double azimuth : {0.0, 60.0, -120.0}) {
        const CropCamera photo{.azimuth = azimuth, .elevation = 15, .distance = 2.4};
        const auto asked = cameras_for_unseen(block({0.35F, 0.35F, 0.35F}), 0.5F, {&photo, 1}, 2);
        ASSERT_EQ(asked.size(), 2U);
        EXPECT_GT(std::abs(azimuth_between(asked[0], photo)), 100) << azimuth;
        EXPECT_GT(angle_between(asked[0], asked[1]), 30);
    }
    EXPECT_EQ(cameras_for_unseen(slab, 0.5F, {}, 3).size(), 3U);
}

TEST(UnseenDirections, NothingToShowAsksForNothing) {
    EXPECT_TRUE(cameras_for_unseen(render::VoxelGrid(32), 0.5F, {}, 3).empty());
    EXPECT_TRUE(cameras_for_unseen(block({0.3F, 0.3F, 0.3F}), 0.5F, {}, 0).empty());
    // Everything has been shown squarely.
    std::vector<CropCamera> all;
    for (int azimuth = -180; azimuth < 180; azimuth += 15) {
        for (const double elevation : {-5.0, 15.0, 35.0})
            all.push_back({.azimuth = 1.0 * azimuth, .elevation = elevation, .distance = 2.4});
    }
    EXPECT_TRUE(cameras_for_unseen(block({0.3F, 0.3F, 0.3F}), 0.5F, all, 3).empty());
}

}  // namespace
}  // namespace maquette::recon::diffusion
