#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "render/io/image_io.h"
#include "render/io/mesh_io.h"
#include "tests/recon/cli/command_fixture.h"

namespace maquette::viewer {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

/// Mean absolute difference of two pictures of one size, 0..255, in a rectangle.
double difference(const render::Image& a, const render::Image& b, int left, int top, int width, int height) {
    double sum = 0;
    for (int y = top; y < top + height; ++y) {
        for (int x = left; x < left + width; ++x) {
            for (int c = 0; c < 3; ++c) sum += std::abs(int{a.at(x, y, c)} - int{b.at(x, y, c)});
        }
    }
    return sum / (3.0 * width * height);
}

class ViewCommand : public recon::testing::CommandTest {
protected:
    void play(const json& actions, const std::vector<std::string>& more = {}) {
        write("script.json", json{{"actions", actions}}.dump());
        std::vector<std::string> arguments = {"view",     "--model",  "wallace2019", "--size",
                                              "1000x700", "--script", "script.json"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        result_ = run(arguments);
    }
    recon::testing::RunResult result_;
};

TEST_F(ViewCommand, ScreenshotHoldsPanelsAndModel) {
    const auto shot = run({"view", photo().string(), "--prior", "column", "--model", "wallace2019", "--size",
                           "1000x700", "--screenshot", "a.png"});
    ASSERT_EQ(shot.exit_code, 0) << shot.errors;
    const auto picture = render::read_image(path("a.png"));
    EXPECT_EQ(picture.width, 1000);
    EXPECT_EQ(picture.height, 700);
}

// Without panels, what is drawn is the model: a column and a ball look different, and like themselves when drawn again.
TEST_F(ViewCommand, ASwapChangesTheModelAndStartsAnotherRun) {
    play({{{"do", "load"}, {"photos", {photo().string()}}},
          {{"do", "set_prior"}, {"prior", {"column"}}},
          {{"do", "run"}, {"steps", 1}},
          {{"do", "select"}, {"run", -1}, {"step", 0}},
          {{"do", "shoot"}, {"path", "column.png"}, {"model", true}, {"size", "300x300"}},
          {{"do", "shoot"}, {"path", "again.png"}, {"model", true}, {"size", "300x300"}},
          {{"do", "shoot"}, {"path", "panels.png"}},
          {{"do", "swap"}, {"prior", {"ball"}}},
          {{"do", "run"}, {"steps", 1}},
          {{"do", "select"}, {"run", -1}, {"step", 0}},
          {{"do", "shoot"}, {"path", "ball.png"}, {"model", true}, {"size", "300x300"}},
          {{"do", "shoot"}, {"path", "swapped.png"}}});
    ASSERT_EQ(result_.exit_code, 0) << result_.errors;
    const auto column = render::read_image(path("column.png"));
    EXPECT_LT(difference(column, render::read_image(path("again.png")), 0, 0, 300, 300), 0.5);
    EXPECT_GT(difference(column, render::read_image(path("ball.png")), 0, 0, 300, 300), 3);
    // The timeline at the bottom has got a second row.
    const auto panels = render::read_image(path("panels.png"));
    EXPECT_GT(difference(panels, render::read_image(path("swapped.png")), 300, 560, 400, 140), 0.2);
}

TEST_F(ViewCommand, DisplaySettingsShow) {
    json actions = {{{"do", "load"}, {"photos", {photo().string()}}},
                    {{"do", "set_prior"}, {"prior", {"column"}}},
                    {{"do", "run"}, {"steps", 1}},
                    {{"do", "select"}, {"run", -1}, {"step", 0}},
                    {{"do", "shoot"}, {"path", "plain.png"}, {"model", true}, {"size", "300x300"}}};
    const std::vector<std::pair<std::string, json>> modes = {
        {"wireframe", true}, {"voxels", true}, {"light", true}, {"colouring", "normals"}, {"grid", false}};
    json off = {{"do", "mode"},   {"wireframe", false},   {"voxels", false},
                {"light", false}, {"colouring", "plain"}, {"grid", true}};
    for (const auto& [name, value] : modes) {
        actions.push_back({{"do", "mode"}, {name, value}});
        actions.push_back({{"do", "shoot"}, {"path", name + ".png"}, {"model", true}, {"size", "300x300"}});
        actions.push_back(off);
    }
    actions.push_back({{"do", "orbit"}, {"azimuth", 130}});
    actions.push_back({{"do", "shoot"}, {"path", "orbit.png"}, {"model", true}, {"size", "300x300"}});
    actions.push_back({{"do", "turntable"}, {"folder", "turn"}, {"frames", 3}, {"size", "120x120"}});
    play(actions);
    ASSERT_EQ(result_.exit_code, 0) << result_.errors;
    const auto plain = render::read_image(path("plain.png"));
    for (const auto& [name, value] : modes) {
        EXPECT_GT(difference(plain, render::read_image(path(name + ".png")), 0, 0, 300, 300), 0.1) << name;
    }
    EXPECT_GT(difference(plain, render::read_image(path("orbit.png")), 0, 0, 300, 300), 0.5);
    EXPECT_TRUE(std::filesystem::exists(path("turn") / "002.png"));
    EXPECT_FALSE(std::filesystem::exists(path("turn") / "003.png"));
}

TEST_F(ViewCommand, ExportsWhatItShows) {
    play({{{"do", "load"}, {"photos", {photo().string()}}},
          {{"do", "set_prior"}, {"prior", {"column"}}},
          {{"do", "run"}, {"steps", 1}},
          {{"do", "select"}, {"run", -1}, {"step", 0}},
          {{"do", "export"}, {"path", "a.glb"}}});
    ASSERT_EQ(result_.exit_code, 0) << result_.errors;
    EXPECT_GT(render::read_mesh(path("a.glb")).triangles.size(), 100U);
}

TEST_F(ViewCommand, BadScriptsAreExplained) {
    play({{{"do", "shot"}, {"path", "a.png"}}});
    EXPECT_EQ(result_.exit_code, 3);
    EXPECT_THAT(result_.errors, HasSubstr("shoot"));
    play({{{"do", "load"}, {"photos", {"missing.png"}}}, {{"do", "wait"}}});
    EXPECT_EQ(result_.exit_code, 3);
    EXPECT_THAT(result_.errors, HasSubstr("missing.png"));
    write("script.json", "{");
    EXPECT_EQ(run({"view", "--script", "script.json"}).exit_code, 3);
}

TEST_F(ViewCommand, TheWindowDrawsWhatTheHiddenSurfaceDraws) {
    if (std::system("command -v xvfb-run >/dev/null 2>&1") != 0) GTEST_SKIP() << "xvfb-run is not installed";
    const json actions = {{{"do", "load"}, {"photos", {photo().string()}}},
                          {{"do", "set_prior"}, {"prior", {"column"}}},
                          {{"do", "run"}, {"steps", 1}},
                          {{"do", "select"}, {"run", -1}, {"step", 0}},
                          {{"do", "shoot"}, {"path", "model.png"}, {"model", true}, {"size", "300x300"}},
                          {{"do", "shoot"}, {"path", "window.png"}}};
    play(actions);
    ASSERT_EQ(result_.exit_code, 0) << result_.errors;
    const auto hidden = render::read_image(path("model.png"));
    std::filesystem::remove(path("model.png"));
    const std::string command = fmt::format(
        "cd '{}' && MAQUETTE_ASSETS='{}' LIBGL_ALWAYS_SOFTWARE=1 xvfb-run -a -s '-screen 0 1280x900x24' '{}' view "
        "--window --model wallace2019 --size 1000x700 --script script.json >xvfb.log 2>&1",
        path("").string(), photo().parent_path().string(), MAQUETTE_PROGRAM);
    ASSERT_EQ(std::system(command.c_str()), 0) << read("xvfb.log");
    EXPECT_LT(difference(hidden, render::read_image(path("model.png")), 0, 0, 300, 300), 2);
    const auto window = render::read_image(path("window.png"));
    EXPECT_EQ(window.width, 1000);
    EXPECT_EQ(window.height, 700);
}

TEST_F(ViewCommand, WithoutADisplayItSaysSo) {
    recon::testing::RunSettings settings;
    settings.environment = {{"DISPLAY", ""}, {"WAYLAND_DISPLAY", ""}};
    const auto result = run({"view", photo().string(), "--model", "wallace2019", "--prior", "column"}, settings);
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.errors, HasSubstr("display"));
    EXPECT_EQ(std::count(result.errors.begin(), result.errors.end(), '\n'), 1) << result.errors;
}

}  // namespace
}  // namespace maquette::viewer
