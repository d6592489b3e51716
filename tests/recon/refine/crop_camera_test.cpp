#include "recon/refine/crop_camera.h"

#include <gtest/gtest.h>

#include "recon/refine/camera_network.h"
#include "render/error.h"

namespace maquette::recon {
namespace {

TEST(CropCamera, IsWhatCropsOfOrbitCamerasAre) {
    for (const double azimuth : {-170.0, -20.0, 0.0, 95.0}) {
        render::Camera camera = render::orbit_camera({azimuth, 33, -8, 35, 2.7}, 128, 128);
        camera = camera.cropped(10, 20, 90, 128);
        const CropCamera crop = crop_camera_of(camera);
        EXPECT_NEAR(crop.azimuth, azimuth, 1e-6);
        EXPECT_NEAR(crop.elevation, 33, 1e-6);
        EXPECT_NEAR(crop.roll, -8, 1e-6);
        EXPECT_NEAR(crop.distance, 2.7, 1e-6);
        const render::Camera back = camera_of(crop, 128);
        for (const Eigen::Vector3d& x : {Eigen::Vector3d(0.4, -0.2, 0.3), Eigen::Vector3d(-0.5, 0.1, 0)}) {
            EXPECT_NEAR((*camera.project(x) - *back.project(x)).norm(), 0, 1e-6);
        }
    }
}

TEST(CropCamera, RefusesCamerasThatDoNotSeeTheOrigin) {
    render::Camera camera = render::orbit_camera({0, 0, 0, 40, 2}, 64, 64);
    camera.cam_from_object.translation().z() = -1;
    EXPECT_THROW((void)crop_camera_of(camera), UsageError);
    EXPECT_THROW((void)crop_camera_of(render::orbit_camera({0, 0, 0, 40, 2}, 64, 32)), UsageError);
}

TEST(CropCamera, AnglesAreThoseBetweenViews) {
    EXPECT_NEAR(angle_between({.azimuth = 10}, {.azimuth = 50}), 40, 1e-6);
    EXPECT_NEAR(angle_between({.azimuth = 170}, {.azimuth = -170}), 20, 1e-6);
    EXPECT_NEAR(angle_between({.azimuth = 30, .elevation = 10}, {.azimuth = 30, .elevation = -15}), 25, 1e-6);
    EXPECT_NEAR(angle_between({.roll = 5}, {.roll = -5}), 10, 1e-6);
}

TEST(CropCamera, FramesSolidCellsAsTheMaskIsFramed) {
    render::VoxelGrid box(32);
    for (int z = 8; z < 24; ++z) {
        for (int y = 12; y < 20; ++y) {
            for (int x = 4; x < 28; ++x) box.at(x, y, z) = 1;
        }
    }
    const auto cells = solid_cells(box);
    ASSERT_EQ(cells.size(), 8U * 4 * 12);
    render::FloatImage mask(100, 100, 1);
    for (int y = 40; y < 70; ++y) {
        for (int x = 20; x < 80; ++x) mask.at(x, y) = 1;
    }
    const CropCamera framed = framed_like({.azimuth = 0, .distance = 6}, cells, mask);
    const render::Camera camera = camera_of(framed, 100);
    double left = 1e9;
    double right = -1e9;
    double top = 1e9;
    double bottom = -1e9;
    for (const auto& cell : cells) {
        const auto pixel = *camera.project(cell);
        left = std::min(left, pixel.x());
        right = std::max(right, pixel.x());
        top = std::min(top, pixel.y());
        bottom = std::max(bottom, pixel.y());
    }
    EXPECT_NEAR((left + right) / 2, 50, 0.1);
    EXPECT_NEAR((top + bottom) / 2, 55, 0.1);
    EXPECT_NEAR((right - left) * (bottom - top), 60 * 30, 1);
    // Nothing to go by: nothing is changed.
    EXPECT_EQ(framed_like(framed, {}, mask).scale, framed.scale);
    EXPECT_EQ(framed_like(framed, cells, render::FloatImage(10, 10, 1)).scale, framed.scale);
}

TEST(CameraCorrections, LeadFromOneCameraToTheOther) {
    const CropCamera from{.azimuth = 170, .elevation = 10, .roll = 3, .distance = 2, .scale = 0.7, .centre_x = 0.4};
    const CropCamera to{.azimuth = -175, .elevation = 25, .roll = -2, .distance = 2.5, .scale = 0.8, .centre_x = 0.5};
    const auto correction = camera_network::correction_between(from, to);
    EXPECT_NEAR(correction[0], 1, 1e-5);
    const CropCamera reached = camera_network::corrected(from, correction.data());
    EXPECT_NEAR(angle_between(reached, to), 0, 1e-4);
    EXPECT_NEAR(reached.distance, to.distance, 1e-5);
    EXPECT_NEAR(reached.scale, to.scale, 1e-5);
    EXPECT_NEAR(reached.centre_x, to.centre_x, 1e-6);
}

}  // namespace
}  // namespace maquette::recon
