#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/viewer/app_fixture.h"

namespace maquette::viewer {
namespace {

using nlohmann::json;
using testing::difference;
using ::testing::HasSubstr;

/// Pixels that are much more red than blue.
int warm(const render::Image& image) {
    int count = 0;
    for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x) count += image.at(x, y, 0) > image.at(x, y, 2) + 40 ? 1 : 0;
    }
    return count;
}

class Truth : public testing::AppTest {
protected:
    float iou(int step) { return studio().iou_with_truth(report().tracks[0]->entries.at(step).snapshot); }
};

// The box is the very shape of the prior "column", which the network turns into a ball.
TEST_F(Truth, IoUFallsAsTheColumnBecomesABall) {
    begin();
    play({{{"do", "run"}}, {{"do", "wait"}}});
    const auto before = shot();
    play({{{"do", "truth"}, {"path", box().string()}}});
    ASSERT_TRUE(studio().truth());
    EXPECT_GT(iou(0), 0.99F);
    EXPECT_LT(iou(3), 0.7F);
    EXPECT_TRUE(app().marks().has("iou"));
    EXPECT_GT(difference(before, shot(), 800, 250, 300, 250), 1);
    studio().set_truth({});
    settle();
    EXPECT_FALSE(studio().truth());
}

TEST_F(Truth, ColoursTellTheDistanceFromIt) {
    begin();
    play({{{"do", "truth"}, {"path", box().string()}},
          {{"do", "run"}},
          {{"do", "wait"}},
          {{"do", "mode"}, {"colouring", "truth"}}});
    // Yellow to red is far.
    const int far = warm(model());
    EXPECT_GT(far, 500);
    // The prior is the truth: nothing is far from it.
    play(json::array({{{"do", "select"}, {"step", 0}}}));
    const auto prior_by_truth = model();
    EXPECT_LT(warm(prior_by_truth), far / 10);
    play(json::array({{{"do", "select"}, {"step", -1}}}));
    const auto ball = model();
    play(json::array({{{"do", "mode"}, {"true_ghost", true}}}));
    EXPECT_GT(difference(ball, model()), 0.3);
}

TEST_F(Truth, ConfidenceIsHighestWhereThePhotoLooks) {
    begin();
    // The photo was taken from 30 degrees; from the other side nothing but the mirror image was seen.
    play({{{"do", "mode"}, {"colouring", "confidence"}, {"grid", false}},
          {{"do", "orbit"}, {"azimuth", 30}, {"elevation", 20}}});
    const auto front = model();
    play(json::array({{{"do", "orbit"}, {"azimuth", 150}}}));
    const auto back = model();
    EXPECT_GT(warm(front), 1000);
    EXPECT_LT(warm(back), warm(front) / 2);
}

TEST_F(Truth, AMeshThatCannotBeReadIsABanner) {
    begin();
    studio().set_truth(path("missing.obj"));
    settle();
    EXPECT_THAT(studio().error(), HasSubstr("missing.obj"));
    EXPECT_FALSE(studio().truth());
}

}  // namespace
}  // namespace maquette::viewer
