#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "render/error.h"
#include "render/io/safetensors.h"
#include "tests/viewer/app_fixture.h"
#include "viewer/script.h"

namespace maquette::viewer {
namespace {

using nlohmann::json;
using recon::SessionState;
using testing::difference;
using ::testing::HasSubstr;

class Input : public testing::AppTest {
protected:
    void click(const std::string& on, const json& more = json::object()) {
        json action = {{"do", "click"}, {"on", on}};
        action.update(more);
        play(json::array({action}));
    }
    void key(const std::string& name, bool control = false) {
        play(json::array({{{"do", "key"}, {"key", name}, {"ctrl", control}}}));
    }
};

TEST_F(Input, ButtonsRunPauseStepAndReset) {
    start();
    play(json::array({{{"do", "load"}, {"photos", {photo().string()}}}}));
    const auto before = shot();
    click("step");
    EXPECT_EQ(report().iteration, 1);
    EXPECT_EQ(report().state, SessionState::paused);
    click("run");
    EXPECT_EQ(report().iteration, 3);
    EXPECT_EQ(report().state, SessionState::finished);
    // The model in the middle, the panel on the right and the timeline at the bottom all changed.
    const auto after = shot();
    EXPECT_GT(difference(before, after, 400, 200, 300, 300), 1);
    EXPECT_GT(difference(before, after, 800, 0, 300, 400), 1);
    EXPECT_GT(difference(before, after, 300, 640, 400, 110), 1);
    click("reset");
    EXPECT_EQ(report().iteration, 0);
    EXPECT_EQ(report().state, SessionState::idle);
}

TEST_F(Input, RunningCanBePausedByItsButton) {
    begin();
    network().milliseconds = 30;
    studio().set_iterations(100);
    play({{{"do", "click"}, {"on", "run"}}, {{"do", "wait"}, {"seconds", 0.3}}, {{"do", "click"}, {"on", "run"}}});
    EXPECT_EQ(report().state, SessionState::paused);
    EXPECT_GT(report().iteration, 1);
    EXPECT_LT(report().iteration, 100);
}

TEST_F(Input, EveryToggleIsReachedByItsBoxAndByItsKey) {
    begin();
    DisplaySettings& settings = app().settings();
    const std::vector<std::tuple<std::string, std::string, bool*>> toggles = {
        {"Wireframe", "W", &settings.wireframe},
        {"Voxels", "V", &settings.voxels},
        {"Prior ghost", "G", &settings.ghost},
        {"Photo behind", "B", &settings.backdrop},
        {"Cameras", "K", &settings.frustums},
        {"Floor", "F", &settings.grid},
        {"Orthographic", "O", &settings.view.orthographic}};
    play(json::array({{{"do", "orbit"}, {"distance", 4}}}));
    for (const auto& [box_name, key_name, value] : toggles) {
        const bool was = *value;
        const auto plain = model();
        click(box_name);
        EXPECT_NE(*value, was) << box_name;
        EXPECT_GT(difference(plain, model()), 0.05) << box_name;
        key(key_name);
        EXPECT_EQ(*value, was) << key_name;
        EXPECT_LT(difference(plain, model()), 0.01) << key_name;
    }
}

TEST_F(Input, DraggingTurnsMovesAndZoomsTheModel) {
    begin();
    const OrbitView before = app().settings().view;
    const auto picture = model();
    play(json::array({{{"do", "drag"}, {"on", "model"}, {"by", {100, 0}}}}));
    EXPECT_NEAR(app().settings().view.azimuth, before.azimuth - 40, 1);
    EXPECT_GT(difference(picture, model()), 0.5);
    play(json::array({{{"do", "drag"}, {"on", "model"}, {"by", {60, 0}}, {"button", "right"}}}));
    EXPECT_GT(app().settings().view.target.norm(), 0.05);
    play(json::array({{{"do", "wheel"}, {"on", "model"}, {"notches", 3}}}));
    EXPECT_LT(app().settings().view.distance, 0.8 * before.distance);
    play(json::array({{{"do", "click"}, {"on", "model"}, {"twice", true}}}));
    EXPECT_EQ(app().settings().view, before);
    EXPECT_LT(difference(picture, model()), 0.01);
}

TEST_F(Input, TheSplitsDividerIsDragged) {
    begin();
    play(json::array({{{"do", "compare"}, {"how", "split"}}}));
    const auto before = shot();
    const OrbitView view = app().settings().view;
    play(json::array({{{"do", "drag"}, {"on", "model"}, {"by", {-120, 0}}}}));
    EXPECT_LT(app().settings().divider, 0.4F);
    EXPECT_EQ(app().settings().view, view);
    EXPECT_GT(difference(before, shot(), 300, 100, 400, 400), 0.5);
}

TEST_F(Input, PriorsAreClickedBlendedAndUndone) {
    begin();
    const auto column = model();
    click("prior ball");
    ASSERT_EQ(studio().inputs().prior.size(), 1U);
    EXPECT_EQ(studio().inputs().prior[0].name, "ball");
    EXPECT_EQ(report().tracks.size(), 2U);
    EXPECT_GT(difference(column, model()), 1);
    click("prior column", {{"ctrl", true}});
    EXPECT_EQ(studio().inputs().prior.size(), 2U);
    play(json::array({{{"do", "drag"}, {"on", "share 1"}, {"by", {-60, 0}}}}));
    EXPECT_LT(studio().inputs().prior[0].weight, 0.7F);
    // A drag of many frames is one change.
    key("Z", true);
    EXPECT_EQ(studio().inputs().prior[0].weight, 1);
    click("undo");
    ASSERT_EQ(studio().inputs().prior.size(), 1U);
    EXPECT_EQ(studio().inputs().prior[0].name, "ball");
    click("undo");
    EXPECT_EQ(studio().inputs().prior[0].name, "column");
    key("Y", true);
    EXPECT_EQ(studio().inputs().prior[0].name, "ball");
    click("redo");
    EXPECT_EQ(studio().inputs().prior.size(), 2U);
    EXPECT_EQ(report().state, SessionState::paused);
}

TEST_F(Input, PhotosAreDroppedWeightedSwitchedOffAndTakenAway) {
    start();
    play(json::array({{{"do", "drop"}, {"files", {photo().string(), second_photo().string()}}}}));
    ASSERT_EQ(studio().inputs().photos.size(), 2U);
    play(json::array({{{"do", "run"}, {"steps", 1}}}));
    EXPECT_EQ(report().views->size(), 2U);
    play(json::array({{{"do", "drag"}, {"on", "photo 2 weight"}, {"by", {40, 0}}}}));
    EXPECT_GT(studio().inputs().photos[1].weight, 1.2F);
    click("photo 1 on");
    EXPECT_FALSE(studio().inputs().photos[0].on);
    play(json::array({{{"do", "run"}, {"steps", 1}}}));
    ASSERT_EQ(report().views->size(), 1U);
    EXPECT_GT(report().views->front().weight, 1.2F);
    click("photo 1 remove");
    ASSERT_EQ(studio().inputs().photos.size(), 1U);
    EXPECT_EQ(studio().inputs().photos[0].path, second_photo().string());
    key("Z", true);
    EXPECT_EQ(studio().inputs().photos.size(), 2U);
}

TEST_F(Input, DroppedWeightsAreTheNetworkFromThenOn) {
    begin();
    const auto weights_of = [&](const char* architecture) {
        render::SafetensorsFile file;
        file.tensors["w"] = render::TensorData::from_floats(std::array{1.0F}, {1});
        file.metadata["architecture"] = architecture;
        render::write_safetensors(path("weights.safetensors"), file);
        return path("weights.safetensors").string();
    };
    const auto prior = studio().inputs().prior;
    app().drop({weights_of("wallace2019")});
    settle();
    EXPECT_EQ(studio().error(), "");
    EXPECT_EQ(studio().options().model, "wallace2019");
    EXPECT_EQ(studio().options().weights.filename(), "weights.safetensors");
    EXPECT_EQ(studio().inputs().prior, prior);
    app().drop({weights_of("elephant")});
    settle();
    EXPECT_THAT(studio().error(), ::testing::HasSubstr("elephant"));
    EXPECT_EQ(studio().options().model, "wallace2019");
}

TEST_F(Input, ADroppedMeshBecomesThePrior) {
    begin();
    play(json::array({{{"do", "drop"}, {"files", {box().string()}}}}));
    ASSERT_EQ(studio().inputs().prior.size(), 1U);
    EXPECT_EQ(studio().inputs().prior[0].name, box().string());
    EXPECT_EQ(report().tracks.size(), 2U);
}

TEST_F(Input, WhatCannotBeReadIsABannerThatGoesAway) {
    begin();
    const auto before = shot();
    app().drop({path("missing.png")});
    settle();
    EXPECT_THAT(studio().error(), HasSubstr("missing.png"));
    EXPECT_GT(difference(before, shot(), 300, 0, 480, 60), 5);
    app().hand().click(app().marks().centre("put away"));
    settle();
    EXPECT_EQ(studio().error(), "");
    EXPECT_LT(difference(before, shot(), 300, 0, 480, 60), 1);
    app().drop({path("missing.png")});
    settle();
    app().hand().key(key_code::escape);
    settle();
    EXPECT_EQ(studio().error(), "");
    // A failing step is shown the same way, and the window works on.
    network().fails_at = 1;
    studio().run();
    settle();
    EXPECT_EQ(studio().error(), "the step broke");
    network().fails_at = -1;
    app().hand().click(app().marks().centre("run"));
    settle();
    EXPECT_EQ(report().state, SessionState::finished);
    EXPECT_EQ(studio().error(), "");
}

TEST_F(Input, TheTimelineIsScrubbedAndCompared) {
    begin();
    play({{{"do", "run"}}, {{"do", "wait"}}});
    const auto last = model();
    click("run 1 step 1");
    EXPECT_EQ(app().settings().place.iteration, 1);
    EXPECT_GT(difference(last, model()), 0.3);
    key("Left");
    EXPECT_EQ(app().settings().place.iteration, 0);
    play(json::array({{{"do", "drag"}, {"on", "run 1 step 0"}, {"onto", "run 1 step 3"}}}));
    EXPECT_EQ(app().settings().place, TimelinePlace());
    EXPECT_LT(difference(last, model()), 0.01);
    click("run 1 step 1", {{"button", "right"}});
    EXPECT_EQ(app().settings().comparison, Comparison::split);
    EXPECT_EQ(app().settings().other.iteration, 1);
    click("prior ball");
    ASSERT_EQ(report().tracks.size(), 2U);
    click("run 1 forget");
    EXPECT_EQ(report().tracks.size(), 1U);
}

TEST_F(Input, TypingInAFieldPressesNoKeysOfTheWindow) {
    begin();
    play({{{"do", "click"}, {"on", "search"}}, {{"do", "type"}, {"text", "colu"}}});
    EXPECT_TRUE(app().marks().has("prior column"));
    EXPECT_FALSE(app().marks().has("prior ball"));
    key("W");
    EXPECT_FALSE(app().settings().wireframe);
    play({{{"do", "click"}, {"on", "photo path"}},
          {{"do", "type"}, {"text", second_photo().string()}},
          {{"do", "key"}, {"key", "Enter"}}});
    EXPECT_EQ(studio().inputs().photos.size(), 2U);
}

TEST_F(Input, AllKeysAreListedUnderF1) {
    begin();
    const auto before = shot();
    key("F1");
    EXPECT_GT(difference(before, shot(), 300, 150, 500, 400), 5);
    key("Esc");
    EXPECT_LT(difference(before, shot(), 300, 150, 500, 400), 1);
}

// Only windows that changed are painted; what one sees must be the same as if all were.
TEST_F(Input, PartsPaintedAnewMakeTheSamePictureAsAll) {
    begin();
    const std::vector<json> actions = {{{"do", "drag"}, {"on", "model"}, {"by", {50, 10}}},
                                       {{"do", "point"}, {"on", "step"}},
                                       {{"do", "click"}, {"on", "step"}},
                                       {{"do", "key"}, {"key", "F1"}},
                                       {{"do", "drag"}, {"on", "model"}, {"by", {20, 10}}},
                                       {{"do", "key"}, {"key", "Esc"}},
                                       {{"do", "click"}, {"on", "Colour"}},
                                       {{"do", "point"}, {"on", "undo"}},
                                       {{"do", "key"}, {"key", "L"}},
                                       {{"do", "click"}, {"on", "prior ball"}}};
    for (const json& action : actions) {
        play(json::array({action}));
        const auto parts = shot();
        app().repaint();
        EXPECT_LT(difference(parts, shot()), 0.01) << action;
    }
}

TEST_F(Input, AScriptThatPointsAtNothingSaysWhatIsNear) {
    begin();
    try {
        play(json::array({{{"do", "click"}, {"on", "rum"}}}));
        FAIL();
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(), HasSubstr("\"run\""));
    }
}

}  // namespace
}  // namespace maquette::viewer
