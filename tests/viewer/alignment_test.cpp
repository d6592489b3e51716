#include <gtest/gtest.h>

#include <fstream>

#include "tests/viewer/app_fixture.h"

namespace maquette::viewer {
namespace {

using nlohmann::json;
using testing::difference;

class Alignment : public testing::AppTest {
protected:
    const recon::CropCamera& camera() { return app().settings().alignment->camera; }
};

TEST_F(Alignment, DraggingTheModelOverThePhotoSetsItsCamera) {
    begin();
    const auto plain = model();
    play({{{"do", "click"}, {"on", "align 1"}}});
    ASSERT_TRUE(app().settings().alignment);
    // The photo is bright where the backdrop was dark.
    EXPECT_GT(difference(plain, model()), 20);
    const recon::CropCamera before = camera();
    EXPECT_NEAR(before.azimuth, 30, 1e-3);
    const auto at_first = model();
    const OrbitView view = app().settings().view;
    play({{{"do", "drag"}, {"on", "model"}, {"by", {50, 10}}}});
    EXPECT_NEAR(camera().azimuth, before.azimuth - 20, 0.5);
    EXPECT_NEAR(camera().elevation, before.elevation + 4, 0.5);
    play({{{"do", "drag"}, {"on", "model"}, {"by", {45, 0}}, {"button", "right"}}});
    EXPECT_GT(camera().centre_x, before.centre_x + 0.05);
    play({{{"do", "wheel"}, {"on", "model"}, {"notches", 2}}});
    EXPECT_GT(camera().scale, 1.1 * before.scale);
    EXPECT_EQ(app().settings().view, view);
    EXPECT_GT(difference(at_first, model()), 1);
    const recon::CropCamera set = camera();
    play({{{"do", "key"}, {"key", "Enter"}}});
    EXPECT_FALSE(app().settings().alignment);
    ASSERT_TRUE(studio().inputs().photos[0].camera);
    EXPECT_EQ(*studio().inputs().photos[0].camera, set);
    // A run with the new camera begins, and the one before stays.
    EXPECT_EQ(report().tracks.size(), 2U);
    play({{{"do", "run"}, {"steps", 1}}});
    ASSERT_TRUE(report().views->front().camera);
    EXPECT_NEAR(recon::crop_camera_of(*report().views->front().camera).azimuth, set.azimuth, 1e-6);
    // Changes of cameras are undone like all others.
    play({{{"do", "key"}, {"key", "Z"}, {"ctrl", true}}});
    EXPECT_FALSE(studio().inputs().photos[0].camera);
}

TEST_F(Alignment, CancelAndEstimateLeaveNoCamera) {
    begin();
    play({{{"do", "key"}, {"key", "A"}}, {{"do", "drag"}, {"on", "model"}, {"by", {50, 0}}}});
    play({{{"do", "key"}, {"key", "Esc"}}});
    EXPECT_FALSE(app().settings().alignment);
    EXPECT_FALSE(studio().inputs().photos[0].camera);
    EXPECT_EQ(report().tracks.size(), 1U);
    play({{{"do", "key"}, {"key", "A"}}, {{"do", "click"}, {"on", "use camera"}}});
    EXPECT_TRUE(studio().inputs().photos[0].camera);
    play({{{"do", "click"}, {"on", "align 1"}}, {{"do", "click"}, {"on", "estimate camera"}}});
    EXPECT_FALSE(studio().inputs().photos[0].camera);
}

TEST_F(Alignment, EndsWhenItsPhotoGoes) {
    begin();
    play({{{"do", "click"}, {"on", "align 1"}}, {{"do", "click"}, {"on", "photo 1 remove"}}});
    EXPECT_FALSE(app().settings().alignment);
    EXPECT_EQ(studio().error(), "");
}

// The column seen by the very camera its photo was taken with covers the mask; turned it does not.
TEST_F(Alignment, OverlapIsHighestForTheTrueCamera) {
    begin();
    const PhotoInput& input = studio().inputs().photos[0];
    const auto& prior = report().tracks[0]->entries[0].snapshot->occupancy;
    recon::CropCamera camera{.azimuth = 30, .elevation = 20};
    camera = recon::framed_like(camera, recon::solid_cells(prior), input.view->mask);
    const double fitting = overlap(prior, 0.5F, camera, input.view->mask);
    EXPECT_GT(fitting, 0.8);
    camera.roll = 40;
    EXPECT_LT(overlap(prior, 0.5F, camera, input.view->mask), fitting - 0.1);
}

TEST_F(Alignment, ADirectionFromACameraFileIsFramedByThePrior) {
    std::ofstream(path("cameras.json")) << R"({"cameras": [{"azimuth": -50, "elevation": 12}]})";
    ViewOptions options;
    options.photos = {photo().string()};
    options.cameras = path("cameras.json").string();
    start(options);
    settle();
    play({{{"do", "run"}, {"steps", 1}}});
    ASSERT_EQ(report().views->size(), 1U);
    ASSERT_TRUE(report().views->front().camera);
    const auto camera = recon::crop_camera_of(*report().views->front().camera);
    EXPECT_NEAR(camera.azimuth, -50, 1e-3);
    EXPECT_NEAR(camera.elevation, 12, 1e-3);
}

}  // namespace
}  // namespace maquette::viewer
