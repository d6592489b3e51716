#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "render/io/atomic_file.h"
#include "tests/viewer/app_fixture.h"

namespace maquette::viewer {
namespace {

using nlohmann::json;
using testing::difference;

class Rating : public testing::AppTest {
protected:
    void click(const std::string& on) { play(json::array({{{"do", "click"}, {"on", on}}})); }
    void key(const std::string& name) { play(json::array({{{"do", "key"}, {"key", name}}})); }
    [[nodiscard]] std::filesystem::path file() const { return path("home") / "maquette" / "ratings.jsonl"; }
    [[nodiscard]] std::vector<json> lines() const {
        std::vector<json> result;
        std::ifstream stream(file());
        for (std::string line; std::getline(stream, line);) result.push_back(json::parse(line));
        return result;
    }
    /// Three runs, rating begun.
    void rate() {
        begin();
        play({{{"do", "swap"}, {"prior", {"ball"}}},
              {{"do", "run"}, {"steps", 1}},
              {{"do", "swap"}, {"prior", {"none"}}},
              {{"do", "run"}, {"steps", 1}}});
        click("menu Edit");
        click("menu Rate results");
    }
};

TEST_F(Rating, ChoicesAreAppendedWithWhatWasCompared) {
    rate();
    ASSERT_TRUE(app().settings().rated);
    const RatedPair first = *app().settings().rated;
    const auto before = model();
    click("rate a");
    ASSERT_EQ(lines().size(), 1U);
    const json line = lines()[0];
    EXPECT_EQ(line["choice"], "a");
    EXPECT_EQ(line["a"]["prior"], studio().track(first.a.track)->prior->name);
    EXPECT_EQ(line["b"]["run"], studio().track(first.b.track)->name);
    EXPECT_EQ(line["a"]["shape_sha256"].get<std::string>().size(), 64U);
    EXPECT_NE(line["a"]["shape_sha256"], line["b"]["shape_sha256"]);
    EXPECT_EQ(line["photos"][0]["path"], photo().string());
    ASSERT_TRUE(app().settings().rated);
    EXPECT_NE(*app().settings().rated, first);
    EXPECT_GT(difference(before, model()), 0.2);
    key("2");
    key("0");
    ASSERT_EQ(lines().size(), 3U);
    EXPECT_EQ(lines()[1]["choice"], "b");
    EXPECT_EQ(lines()[2]["choice"], "same");
    // Three runs make three pairs.
    EXPECT_FALSE(app().settings().rated);
}

TEST_F(Rating, SkipWritesNothingAndUndoTakesBack) {
    rate();
    const RatedPair first = *app().settings().rated;
    click("rate skip");
    const RatedPair second = *app().settings().rated;
    EXPECT_FALSE(std::filesystem::exists(file()));
    click("rate b");
    EXPECT_EQ(lines().size(), 1U);
    click("rate undo");
    EXPECT_EQ(lines().size(), 0U);
    EXPECT_EQ(*app().settings().rated, second);
    key("U");
    EXPECT_EQ(*app().settings().rated, first);
    key("1");
    EXPECT_EQ(lines().size(), 1U);
    // What others wrote since is never touched.
    std::ofstream(file(), std::ios::app) << "{}\n";
    click("rate undo");
    EXPECT_EQ(lines().size(), 2U);
    key("Esc");
    EXPECT_FALSE(app().settings().rated);
}

TEST_F(Rating, ARunThatGoesEndsItsPairs) {
    rate();
    const RatedPair pair = *app().settings().rated;
    const int newest = report().tracks.back()->id;
    studio().forget_track(pair.a.track == newest ? pair.b.track : pair.a.track);
    settle();
    app().draw_frame();
    if (app().settings().rated) {
        EXPECT_NE(*app().settings().rated, pair);
    }
    EXPECT_EQ(studio().error(), "");
}

TEST_F(Rating, AFileThatCannotBeWrittenIsABanner) {
    rate();
    std::filesystem::create_directories(file());
    SimulatedHand& hand = app().hand();
    hand.key('1');
    settle();
    EXPECT_NE(studio().error().find("ratings.jsonl"), std::string::npos);
    EXPECT_TRUE(app().settings().rated);
}

TEST_F(Rating, OneRunIsNotEnough) {
    begin();
    play(json::array({{{"do", "swap"}, {"prior", {"ball"}}}}));
    click("menu Edit");
    click("menu Rate results");
    EXPECT_FALSE(app().settings().rated);
    EXPECT_NE(studio().notice(), "");
}

}  // namespace
}  // namespace maquette::viewer
