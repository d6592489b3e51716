#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "render/io/image_io.h"
#include "tests/viewer/app_fixture.h"

namespace maquette::viewer {
namespace {

using nlohmann::json;
using testing::difference;
using ::testing::HasSubstr;

class Menu : public testing::AppTest {
protected:
    void click(const std::string& on) { play(json::array({{{"do", "click"}, {"on", on}}})); }
    /// Replaces what the dialog proposes, and confirms.
    void answer(const std::string& path) {
        play({{{"do", "key"}, {"key", "A"}, {"ctrl", true}},
              {{"do", "type"}, {"text", path}},
              {{"do", "key"}, {"key", "Enter"}}});
    }
    /// A viewer that remembers, as a user's own.
    void start_own() {
        ViewOptions options;
        options.remember = true;
        start(options);
        settle();
    }
};

TEST_F(Menu, OpensAPhotoAndSavesAndOpensTheSession) {
    start_own();
    click("menu File");
    click("menu Open...");
    answer(photo().string());
    ASSERT_EQ(studio().inputs().photos.size(), 1U);
    play({{{"do", "run"}, {"steps", 2}}});
    play({{{"do", "key"}, {"key", "S"}, {"ctrl", true}}});
    answer(path("kept").string());
    ASSERT_TRUE(std::filesystem::exists(path("kept") / "session.json")) << studio().error();
    // The second time it knows where.
    std::filesystem::remove_all(path("kept"));
    play({{{"do", "key"}, {"key", "S"}, {"ctrl", true}}});
    settle();
    EXPECT_TRUE(std::filesystem::exists(path("kept") / "session.json"));
    start_own();
    click("menu File");
    click("menu Recent");
    click("menu " + path("kept").string());
    settle();
    EXPECT_EQ(report().iteration, 2);
}

TEST_F(Menu, DialogsAreCancelledAndKeysStayOutOfThem) {
    begin();
    const auto before = shot();
    play(json::array({{{"do", "key"}, {"key", "M"}}}));
    EXPECT_GT(difference(before, shot()), 3);
    play(json::array({{{"do", "type"}, {"text", "w"}}, {{"do", "key"}, {"key", "W"}}}));
    EXPECT_FALSE(app().settings().wireframe);
    click("dialog cancel");
    EXPECT_LT(difference(before, shot()), 1);
    EXPECT_FALSE(app().recording());
}

TEST_F(Menu, RecordsATurnAndTakesAScreenshot) {
    begin();
    const OrbitView view = app().settings().view;
    app().record({.path = path("turn.gif"), .frames = 3, .width = 64, .height = 64});
    settle();
    EXPECT_EQ(studio().error(), "");
    EXPECT_GT(std::filesystem::file_size(path("turn.gif")), 1000U);
    EXPECT_EQ(app().settings().view, view);
    SimulatedHand& hand = app().hand();
    hand.key('M');
    hand.key('A', true);
    hand.type(path("turn.avi").string());
    hand.key(key_code::enter);
    settle();
    EXPECT_THAT(studio().error(), HasSubstr("turn.avi"));
    studio().clear_error();
    play(json::array({{{"do", "key"}, {"key", "P"}}}));
    answer(path("window.png").string());
    settle();
    EXPECT_EQ(render::read_image(path("window.png")).width, 1100);
}

TEST_F(Menu, LayoutColoursAndRecentFilesAreRemembered) {
    start_own();
    const int viewport = app().viewport().width;
    play(json::array({{{"do", "drag"}, {"on", "left edge"}, {"by", {60, 0}}}}));
    EXPECT_NEAR(app().viewport().width, viewport - 60, 2);
    play(json::array({{{"do", "drag"}, {"on", "bottom edge"}, {"by", {0, -40}}}}));
    play({{{"do", "key"}, {"key", "L"}}, {{"do", "drop"}, {"files", {photo().string()}}}});
    const Layout layout = app().preferences().layout;
    EXPECT_NEAR(layout.bottom, Layout().bottom + 40, 2);
    start_own();
    EXPECT_EQ(app().preferences().layout, layout);
    EXPECT_FALSE(app().settings().dark);
    ASSERT_EQ(app().preferences().recent.size(), 1U);
    EXPECT_EQ(app().preferences().recent[0], photo().string());
    click("menu View");
    click("menu Panels as at first");
    EXPECT_EQ(app().preferences().layout, Layout());
    // Others begin as ever, and keep nothing.
    start();
    EXPECT_TRUE(app().settings().dark);
    EXPECT_TRUE(app().preferences().recent.empty());
}

TEST_F(Menu, BrokenPreferencesAreNoHindrance) {
    const auto file = path("config") / "maquette" / "viewer.json";
    std::filesystem::create_directories(file.parent_path());
    for (const char* text : {"", "{", "[]", R"({"left": "wide", "recent": 3, "dark": 1})", R"({"left": 1e9})"}) {
        std::ofstream(file) << text;
        start_own();
        EXPECT_GE(app().viewport().width, 300) << text;
        EXPECT_EQ(studio().error(), "");
    }
}

}  // namespace
}  // namespace maquette::viewer
