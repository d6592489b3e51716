#include <gmock/gmock.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "render/io/image_io.h"
#include "render/io/mesh_io.h"
#include "tests/recon/cli/command_fixture.h"

namespace maquette::recon::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class Batch : public CommandTest {
protected:
    Batch() { fs::create_directories(path("in")); }

    /// A photo of its own: no other has its bytes.
    void add_photo(const std::string& name, int shade) const {
        render::Image image = render::read_image(photo());
        image.at(0, 0) = static_cast<std::uint8_t>(shade);
        if (name.ends_with(".jpg")) {
            render::Image opaque(image.width, image.height, 3, 255);
            for (int y = 0; y < image.height; ++y) {
                for (int x = 0; x < image.width; ++x) {
                    for (int c = 0; c < 3 && image.at(x, y, 3) > 127; ++c) opaque.at(x, y, c) = image.at(x, y, c);
                }
            }
            image = std::move(opaque);
        }
        fs::create_directories(path("in/" + name).parent_path());
        render::write_image(path("in/" + name), image);
    }

    /// more: option and value in turn.
    RunResult batch(const std::map<std::string, std::string>& more = {}, const RunSettings& settings = {}) const {
        std::map<std::string, std::string> options = more;
        options.insert({{"--batch", "in"}, {"--out", "out"}, {"--prior", "column"}});
        options.insert({{"--resolution", "32"}, {"--iterations", "1"}, {"--threads", "1"}});
        std::vector<std::string> arguments = {"reconstruct"};
        for (const auto& [name, value] : options) arguments.insert(arguments.end(), {name, value});
        return run(arguments, settings);
    }

    [[nodiscard]] json report(const std::string& object) const {
        return json::parse(read("out/items/" + object + "/run.json"));
    }

    /// Outcome and name of each line on stdout.
    static std::vector<std::string> outcomes(const std::string& output) {
        std::vector<std::string> found;
        std::istringstream lines(output);
        for (std::string line; std::getline(lines, line);) {
            std::istringstream words(line);
            std::string place;
            std::string outcome;
            std::string name;
            words >> place >> outcome >> name;
            found.push_back(outcome + " " + name);
        }
        return found;
    }
};

TEST_F(Batch, EveryPictureAndEverySubfolderIsAnObject) {
    add_photo("one.png", 1);
    add_photo("two sides/front.png", 2);
    add_photo("two sides/left.png", 3);
    add_photo("Käfer & <b>\"1\"<i>.png", 4);
    add_photo(".hidden.png", 5);
    write("in/notes.txt", "not a picture");
    fs::create_directories(path("in/empty"));
    const RunResult result = batch();
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    EXPECT_EQ(std::count(result.output.begin(), result.output.end(), '\n'), 3) << result.output;
    EXPECT_THAT(result.output, HasSubstr("1/3  done    Käfer & <b>\"1\"<i>  prior column"));
    EXPECT_THAT(result.output, HasSubstr("3/3  done    two sides  "));
    for (const char* file : {"out.glb", "out_preview.png", "run.json", "gallery_model.glb"}) {
        EXPECT_TRUE(fs::exists(path("out/items/one") / file)) << file;
    }
    EXPECT_EQ(report("two sides")["cameras"].size(), 2U);
    EXPECT_EQ(report("one")["timings"]["warm_step"], nullptr);

    const render::Image sheet = render::read_image(path("out/contact_sheet.png"));
    EXPECT_GT(sheet.width, 4 * 200);
    EXPECT_GT(sheet.height, 2 * 200);
    const std::string page = read("out/index.html");
    // No name may end the script that it stands in.
    EXPECT_THAT(page, HasSubstr("Käfer & \\u003cb>\\\"1\\\"\\u003ci>"));
    EXPECT_THAT(page, HasSubstr("items/K%C3%A4fer%20%26%20%3Cb%3E%221%22%3Ci%3E/out.glb"));
    EXPECT_THAT(page, HasSubstr("id=\"mesh-2\""));
    const json summary = json::parse(read("out/batch.json"));
    EXPECT_EQ(summary["done"].size(), 3U);
    EXPECT_EQ(summary["interrupted"], false);
}

TEST_F(Batch, ObjectsOfTheSameNameAreToldApart) {
    add_photo("a.png", 1);
    add_photo("a.jpg", 2);
    add_photo("a.png.png", 3);
    add_photo("a/x.png", 4);
    const RunResult result = batch();
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    EXPECT_THAT(outcomes(result.output), ElementsAre("done a", "done a.jpg", "done a.png", "done a.png.png"));
    EXPECT_EQ(report("a.jpg")["inputs"][0]["path"], "in/a.jpg");
    EXPECT_EQ(report("a.png")["inputs"][0]["path"], "in/a.png");
}

TEST_F(Batch, ACorruptPictureStopsNothing) {
    add_photo("a.png", 1);
    write("in/b.png", "not a png");
    add_photo("c.png", 3);
    const RunResult result = batch();
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(outcomes(result.output), ElementsAre("done a", "failed b", "done c"));
    EXPECT_THAT(result.errors, HasSubstr("failed: b: in/b.png"));
    EXPECT_EQ(json::parse(read("out/batch.json"))["failed"][0]["name"], "b");
    EXPECT_THAT(read("out/index.html"), HasSubstr("\"failures\":[{\"message\""));

    add_photo("b.png", 2);
    const RunResult mended = batch();
    EXPECT_EQ(mended.exit_code, 0) << mended.errors;
    EXPECT_THAT(outcomes(mended.output), ElementsAre("kept a", "done b", "kept c"));
}

TEST_F(Batch, WhatChangedIsDoneAgain) {
    add_photo("a.png", 1);
    add_photo("b.png", 2);
    ASSERT_EQ(batch().exit_code, 0);
    EXPECT_THAT(outcomes(batch({{"--threads", "2"}}).output), ElementsAre("kept a", "kept b"));
    add_photo("b.png", 3);
    EXPECT_THAT(outcomes(batch().output), ElementsAre("kept a", "done b"));
    EXPECT_THAT(outcomes(batch({{"--threshold", "0.3"}}).output), ElementsAre("done a", "done b"));
    fs::remove(path("out/items/a/out.glb"));
    EXPECT_THAT(outcomes(batch({{"--threshold", "0.3"}}).output), ElementsAre("done a", "kept b"));
    write("in/priors.json", R"({"b.png": "ball"})");
    EXPECT_THAT(outcomes(batch({{"--threshold", "0.3"}}).output), ElementsAre("kept a", "done b"));
    EXPECT_EQ(report("b")["prior"]["name"], "ball");
}

TEST_F(Batch, GoesOnAfterAKill) {
    for (int i = 0; i < 4; ++i) add_photo(std::string(1, static_cast<char>('a' + i)) + ".png", i + 1);
    const RunResult killed = batch({}, {.while_running = [&](int process) {
                                       // As soon as the second one is done, the third is under way.
                                       while (!fs::exists(path("out/items/b/run.json"))) {
                                           ASSERT_EQ(::waitpid(process, nullptr, WNOHANG), 0) << "it ended by itself";
                                           std::this_thread::sleep_for(std::chrono::milliseconds(2));
                                       }
                                       ::kill(process, SIGKILL);
                                   }});
    ASSERT_EQ(killed.signal, SIGKILL);
    EXPECT_FALSE(fs::exists(path("out/index.html")));
    const std::string before = read("out/items/a/run.json");
    const RunResult again = batch();
    ASSERT_EQ(again.exit_code, 0) << again.errors;
    const std::vector<std::string> found = outcomes(again.output);
    ASSERT_EQ(found.size(), 4U);
    EXPECT_EQ(found[0], "kept a");
    EXPECT_EQ(found[1], "kept b");
    EXPECT_EQ(found[3], "done d");
    EXPECT_EQ(read("out/items/a/run.json"), before);
}

TEST_F(Batch, AnInterruptKeepsWhatIsFinished) {
    for (int i = 0; i < 3; ++i) add_photo(std::string(1, static_cast<char>('a' + i)) + ".png", i + 1);
    const RunResult stopped = batch({{"--iterations", "100"}}, {.while_running = [&](int process) {
                                        while (!fs::exists(path("out/items/a/run.json"))) {
                                            ASSERT_EQ(::waitpid(process, nullptr, WNOHANG), 0) << "it ended by itself";
                                            std::this_thread::sleep_for(std::chrono::milliseconds(2));
                                        }
                                        ::kill(process, SIGINT);
                                    }});
    EXPECT_EQ(stopped.exit_code, 130) << stopped.errors;
    EXPECT_THAT(outcomes(stopped.output), ElementsAre("done a"));
    EXPECT_THAT(stopped.errors, HasSubstr("goes on with the 2 that are left"));
    EXPECT_THAT(read("out/index.html"), HasSubstr("id=\"mesh-0\""));
    EXPECT_FALSE(fs::exists(path("out/items/b/run.json")));
}

TEST_F(Batch, PriorsAndCamerasByObject) {
    add_photo("a.png", 1);
    add_photo("b.png", 2);
    add_photo("c/view.png", 3);
    fs::copy_file(box(), path("in/mine.obj"));
    write("in/priors.json", R"({"a": "mine.obj", "b.png": ["column:0.7", "ball:0.3"], "*": "ball"})");
    write("in/c/cameras.json", R"({"cameras": [{"azimuth": 10, "elevation": 5}]})");
    const RunResult result = batch();
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    EXPECT_EQ(report("a")["inputs"][1]["path"], "in/mine.obj");
    EXPECT_EQ(report("b")["prior"]["exemplars"].size(), 2U);
    EXPECT_EQ(report("c")["prior"]["name"], "ball");
    EXPECT_EQ(report("c")["cameras"][0]["source"], "given");
}

TEST_F(Batch, OtherMeshFormatsGoToTheGalleryToo) {
    add_photo("a.png", 1);
    const RunResult result = batch({{"-o", "shape.ply"}});
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    const render::TriangleMesh mesh = render::read_mesh(path("out/items/a/shape.ply"));
    const render::TriangleMesh model = render::read_mesh(path("out/items/a/gallery_model.glb"));
    EXPECT_EQ(model.triangles.size(), mesh.triangles.size());
    EXPECT_NEAR(model.bounding_box().sizes().y(), mesh.bounding_box().sizes().y(), 1e-3);
    EXPECT_THAT(read("out/index.html"), HasSubstr("items/a/shape.ply"));
}

TEST_F(Batch, RefusesWhatMakesNoSense) {
    expect_input_error({"reconstruct", "--batch", "in"}, {"no pictures", "sub-folder"});
    expect_input_error({"reconstruct", "--batch", "nowhere"}, {"--batch nowhere", "No such file"});
    add_photo("a.png", 1);
    write("in/priors.json", R"({"aa": "column"})");
    expect_input_error({"reconstruct", "--batch", "in", "--out", "out"}, {"priors.json", "\"aa\" is no object"});
    write("in/priors.json", R"({"a": "colum"})");
    expect_input_error({"reconstruct", "--batch", "in", "--out", "out"}, {"\"a\"", "column"});
    fs::remove(path("in/priors.json"));
    const auto usage = [&](const std::vector<std::string>& more) {
        std::vector<std::string> arguments = {"reconstruct", "--batch", "in"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const RunResult result = run(arguments);
        EXPECT_EQ(result.exit_code, 2) << result.errors;
        return result.errors;
    };
    EXPECT_THAT(usage({photo().string()}), HasSubstr("beside --batch"));
    EXPECT_THAT(usage({"--out", "in"}), HasSubstr("another folder"));
    EXPECT_THAT(usage({"--report", "x.json"}), HasSubstr("--report"));
    EXPECT_THAT(usage({"-o", "sub/out.glb"}), HasSubstr("plain name"));
    EXPECT_EQ(run({"reconstruct", photo().string(), "--out", "x"}).exit_code, 2);
}

TEST_F(Batch, ResultsInsideTheFolderAreNoPhotos) {
    add_photo("a.png", 1);
    const std::map<std::string, std::string> inside = {{"--out", "in/results"}};
    ASSERT_EQ(batch(inside).exit_code, 0);
    ASSERT_TRUE(fs::exists(path("in/results/contact_sheet.png")));
    EXPECT_THAT(outcomes(batch(inside).output), ElementsAre("kept a"));
}

}  // namespace
}  // namespace maquette::recon::testing
