#include "recon/refine/world_placement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "recon/refine/stretched_framing.h"
#include "render/error.h"
#include "tests/recon/refine/world_scene.h"

namespace maquette::recon {
namespace {

using testing::degrees_between;
using ::testing::HasSubstr;
using testing::ring;
using testing::true_placement;
using testing::world_chair;
using testing::world_views;

std::vector<render::Camera> cameras_of(const std::vector<View>& views) {
    std::vector<render::Camera> cameras;
    for (const View& view : views) cameras.push_back(*view.camera);
    return cameras;
}
Eigen::Vector3d true_up() {
    return true_placement().object_from_world.row(1);
}
std::string refusal(const std::vector<View>& views) {
    try {
        (void)rough_placement(views, {});
    } catch (const InputError& error) {
        return error.what();
    }
    return "accepted";
}

TEST(WorldPlacement, ThePlacedCameraSeesWhatTheCameraSaw) {
    const render::Camera in_object = camera_of({.azimuth = 40, .elevation = 20, .roll = 5, .centre_x = 0.4}, 100);
    const render::Camera in_world = testing::from_world(in_object, true_placement());
    const render::Camera placed = placed_camera(in_world, true_placement());
    EXPECT_TRUE(placed.cam_from_object.isApprox(in_object.cam_from_object, 1e-9));
    const Eigen::Vector3d point(0.2, -0.3, 0.4);
    const Eigen::Vector3d point_in_world =
        true_placement().size * (true_placement().object_from_world.transpose() * point) + true_placement().centre;
    EXPECT_TRUE(in_world.project(point_in_world)->head<2>().isApprox(placed.project(point)->head<2>(), 1e-9));
}

TEST(WorldPlacement, TurningAddsToTheAzimuth) {
    const render::Camera camera =
        testing::from_world(camera_of({.azimuth = 40, .elevation = 20}, 100), true_placement());
    const CropCamera seen = crop_camera_of(placed_camera(camera, turned(true_placement(), 30)));
    EXPECT_NEAR(seen.azimuth, 70, 1e-6);
    EXPECT_NEAR(seen.elevation, 20, 1e-6);
}

TEST(WorldPlacement, UpIsTheAxisOfARingThatLooksDown) {
    const auto all_round = cameras_of(world_views(ring(8, 0, 45, 40), world_chair()));
    EXPECT_LT(degrees_between(up_of_cameras(all_round), true_up()), 1);
    const auto arc = cameras_of(world_views(ring(7, -60, 20, 40), world_chair()));
    EXPECT_LT(degrees_between(up_of_cameras(arc), true_up()), 5);
}

TEST(WorldPlacement, UpForgivesHandsThatShake) {
    auto crops = ring(8, 0, 45, 30);
    for (std::size_t i = 0; i < crops.size(); ++i) crops[i].roll = i % 2 == 0 ? 4 : -4;
    EXPECT_LT(degrees_between(up_of_cameras(cameras_of(world_views(crops, world_chair()))), true_up()), 2);
}

TEST(WorldPlacement, IsRoughlyRightByMasksAlone) {
    const auto views = world_views(ring(6, 0, 60, 15), world_chair());
    const WorldPlacement rough = rough_placement(views, {});
    EXPECT_LT((rough.centre - true_placement().centre).norm(), 0.15 * true_placement().size);
    EXPECT_NEAR(rough.size / true_placement().size, 1, 0.25);
    EXPECT_TRUE((rough.object_from_world * rough.object_from_world.transpose()).isIdentity(1e-9));
    EXPECT_NEAR(rough.object_from_world.determinant(), 1, 1e-9);
    // The first camera is in front.
    EXPECT_NEAR(crop_camera_of(placed_camera(*views.front().camera, rough)).azimuth, 0, 8);
}

TEST(WorldPlacement, AGivenFrameIsKept) {
    const auto views = world_views(ring(4, 30, 50, 15), world_chair());
    const Eigen::Matrix3d truth = true_placement().object_from_world;
    const WorldFrame frame{.up = truth.row(1).transpose(), .front = truth.row(2).transpose()};
    EXPECT_TRUE(rough_placement(views, frame).object_from_world.isApprox(truth, 1e-9));
}

/// Views whose masks are the filled bounding rectangles of a shape's points: exact to the rounding of pixels, as a
/// field drawn softly is not.
std::vector<View> rectangle_views(const std::vector<CropCamera>& crops, const render::VoxelGrid& shape) {
    auto views = world_views(crops, shape);
    const Eigen::Matrix3Xd points = outline_points(shape);
    for (std::size_t i = 0; i < views.size(); ++i) {
        const render::Camera camera = camera_of(crops[i], view_size);
        Eigen::Array2d low(1e9, 1e9);
        Eigen::Array2d high = -low;
        for (Eigen::Index j = 0; j < points.cols(); ++j) {
            const Eigen::Array2d pixel = camera.project(points.col(j))->head<2>();
            low = low.min(pixel);
            high = high.max(pixel);
        }
        views[i].mask = render::FloatImage(view_size, view_size, 1);
        for (auto y = static_cast<int>(std::lround(low.y())); y < std::lround(high.y()); ++y) {
            for (auto x = static_cast<int>(std::lround(low.x())); x < std::lround(high.x()); ++x) {
                views[i].mask.at(x, y) = 1;
            }
        }
    }
    return views;
}

/// From the rough place, along the true axes, to the true place.
WorldPlacement fitted(const std::vector<View>& views, const render::VoxelGrid& prior) {
    const Eigen::Matrix3d truth = true_placement().object_from_world;
    const WorldFrame frame{.up = truth.row(1).transpose(), .front = truth.row(2).transpose()};
    return fitted_placement(views, rough_placement(views, frame), outline_points(prior));
}

TEST(WorldPlacement, TheFitFindsCentreAndSize) {
    for (const int count : {2, 3, 8}) {
        const auto views = rectangle_views(ring(count, 20, 360.0 / (count + 1), 15), world_chair());
        const WorldPlacement found = fitted(views, world_chair());
        EXPECT_LT((found.centre - true_placement().centre).norm(), 0.015 * true_placement().size) << count;
        EXPECT_NEAR(found.size / true_placement().size, 1, 0.015) << count;
    }
}

TEST(WorldPlacement, TheFitAllowsForOtherProportionsThanThePriors) {
    const auto views = rectangle_views(ring(6, 20, 60, 15), world_chair(0.6F));
    const WorldPlacement found = fitted(views, world_chair(0.9F));
    EXPECT_LT((found.centre - true_placement().centre).norm(), 0.02 * true_placement().size);
    EXPECT_NEAR(found.size / true_placement().size, 1, 0.02);
}

TEST(WorldPlacement, RefusesWhatDoesNotSayWhereTheObjectIs) {
    auto views = world_views(ring(4, 0, 60, 15), world_chair());
    EXPECT_THAT(refusal({views[0]}), HasSubstr("one photo"));
    EXPECT_THAT(refusal({views[0], views[0]}), HasSubstr("same direction"));
    auto empty = views;
    empty[2].mask = render::FloatImage(view_size, view_size, 1);
    EXPECT_THAT(refusal(empty), HasSubstr("photo 2: nothing"));
    auto elsewhere = views;
    elsewhere[3].camera->cx += 4 * view_size;
    EXPECT_THAT(refusal(elsewhere), HasSubstr("belong together"));
    for (int i = 0; i < 4; ++i) {
        auto turned_away = views;
        turned_away[static_cast<std::size_t>(i)].camera->cam_from_object =
            Eigen::AngleAxisd(3.14159, Eigen::Vector3d::UnitY()) *
            turned_away[static_cast<std::size_t>(i)].camera->cam_from_object;
        EXPECT_THAT(refusal(turned_away), HasSubstr("belong together"));
    }
}

}  // namespace
}  // namespace maquette::recon
