#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/viewer/app_fixture.h"

namespace maquette::viewer {
namespace {

using nlohmann::json;
using testing::difference;

class Options : public testing::AppTest {
protected:
    void click(const std::string& on) { play(json::array({{{"do", "click"}, {"on", on}}})); }
};

TEST_F(Options, TheNumberOfExemplarsChangesTheMean) {
    begin();
    EXPECT_FALSE(app().marks().has("exemplars"));
    click("prior pair");
    ASSERT_TRUE(app().marks().has("exemplars"));
    EXPECT_EQ(studio().exemplars(), 2);
    const auto both = report().tracks.back()->prior->mean.values;
    play(json::array({{{"do", "drag"}, {"on", "exemplars"}, {"by", {-120, 0}}}}));
    EXPECT_EQ(studio().inputs().exemplars, 1);
    const auto& one = *report().tracks.back()->prior;
    EXPECT_EQ(one.exemplars.size(), 1U);
    EXPECT_NE(one.mean.values, both);
    EXPECT_EQ(one.name, "pair, 1 of 2");
    // It is about the prior it was chosen for, and is undone.
    click("prior ball");
    EXPECT_EQ(studio().inputs().exemplars, 0);
    click("undo");
    EXPECT_EQ(studio().inputs().exemplars, 1);
    EXPECT_EQ(report().tracks.back()->prior->exemplars.size(), 1U);
}

TEST_F(Options, StepsAreSetByTheSliderAndHold) {
    begin();
    const auto before = shot();
    // A click with Ctrl types a number into a slider.
    play({{{"do", "click"}, {"on", "iterations"}, {"ctrl", true}},
          {{"do", "key"}, {"key", "A"}, {"ctrl", true}},
          {{"do", "type"}, {"text", "7"}},
          {{"do", "key"}, {"key", "Enter"}}});
    EXPECT_EQ(studio().options().iterations, 7);
    play({{{"do", "click"}, {"on", "run"}}, {{"do", "wait"}}});
    EXPECT_EQ(report().iteration, 7);
    EXPECT_GT(difference(before, shot(), 800, 60, 300, 200), 0.5);
}

TEST_F(Options, WhatTheCommandLineCanSayOfARunTheWindowCan) {
    begin();
    click("more options");
    const auto type = [&](const char* control, const char* text) {
        play({{{"do", "click"}, {"on", control}, {"ctrl", true}},
              {{"do", "key"}, {"key", "A"}, {"ctrl", true}},
              {{"do", "type"}, {"text", text}},
              {{"do", "key"}, {"key", "Enter"}}});
    };
    type("threshold", "0.8");
    ASSERT_TRUE(studio().options().threshold);
    EXPECT_NEAR(*studio().options().threshold, 0.8, 1e-6);
    EXPECT_FLOAT_EQ(studio().threshold(), 0.8F);
    type("silhouette-steps", "12");
    EXPECT_EQ(studio().options().silhouette_steps, 12);
    // The quick network's steps shrink by a third each: the run ends early.
    type("iterations", "60");
    type("tolerance", "0.01");
    play({{{"do", "click"}, {"on", "run"}}, {{"do", "wait"}}});
    EXPECT_EQ(report().state, recon::SessionState::finished);
    EXPECT_LT(report().iteration, 40);
    EXPECT_GT(report().iteration, 2);
}

TEST_F(Options, WeightsThatAreMissingAreABannerAndChangeNothing) {
    begin();
    click("more options");
    SimulatedHand& hand = app().hand();
    hand.click(app().marks().centre("weights"));
    hand.type("nowhere.safetensors");
    hand.key(key_code::enter);
    settle();
    EXPECT_NE(studio().error(), "");
    EXPECT_TRUE(studio().options().weights.empty());
    studio().clear_error();
    play(json::array({{{"do", "run"}, {"steps", 1}}}));
    EXPECT_EQ(report().iteration, 2);
}

}  // namespace
}  // namespace maquette::viewer
