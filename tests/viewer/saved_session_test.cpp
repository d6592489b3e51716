#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "render/error.h"
#include "render/io/atomic_file.h"
#include "tests/viewer/app_fixture.h"

namespace maquette::viewer {
namespace {

using nlohmann::json;
using recon::SessionState;
using testing::difference;
using ::testing::HasSubstr;

class Saved : public testing::AppTest {
protected:
    /// Two runs, two photos, a camera set by hand, saved under "kept".
    void save() {
        begin();
        play({{{"do", "load"}, {"photos", {second_photo().string()}}},
              {{"do", "key"}, {"key", "A"}},
              {{"do", "drag"}, {"on", "model"}, {"by", {30, 0}}},
              {{"do", "key"}, {"key", "Enter"}},
              {{"do", "run"}},
              {{"do", "wait"}},
              {{"do", "swap"}, {"prior", {"ball", "column:0.5"}}},
              {{"do", "run"}, {"steps", 2}},
              {{"do", "save_session"}, {"folder", path("kept").string()}},
              {{"do", "wait"}}});
    }
    void open() { play({{{"do", "open_session"}, {"folder", path("kept").string()}}, {{"do", "wait"}}}); }
};

TEST_F(Saved, ComesBackWithInputsTimelineAndPictures) {
    save();
    const Inputs inputs = studio().inputs();
    const auto tracks = report().tracks;
    const auto picture = model();
    start();
    open();
    ASSERT_EQ(studio().error(), "");
    ASSERT_EQ(studio().inputs().photos.size(), 2U);
    for (std::size_t i = 0; i < 2; ++i) {
        const PhotoInput& photo = studio().inputs().photos[i];
        EXPECT_EQ(photo.path, inputs.photos[i].path);
        EXPECT_EQ(photo.camera, inputs.photos[i].camera);
        EXPECT_EQ(photo.view->rgb.pixels, inputs.photos[i].view->rgb.pixels);
        EXPECT_EQ(photo.view->mask.pixels, inputs.photos[i].view->mask.pixels);
    }
    EXPECT_EQ(studio().inputs().prior, inputs.prior);
    ASSERT_EQ(report().tracks.size(), tracks.size());
    for (std::size_t i = 0; i < tracks.size(); ++i) {
        const recon::Track& track = *report().tracks[i];
        EXPECT_EQ(track.name, tracks[i]->name);
        EXPECT_EQ(track.prior->mean.values, tracks[i]->prior->mean.values);
        EXPECT_EQ(track.figures.size(), tracks[i]->figures.size());
        ASSERT_EQ(track.views == nullptr, tracks[i]->views == nullptr);
        for (std::size_t v = 0; track.views && v < track.views->size(); ++v) {
            const auto& camera = (*track.views)[v].camera;
            ASSERT_TRUE(camera);
            EXPECT_TRUE(camera->cam_from_object.isApprox((*tracks[i]->views)[v].camera->cam_from_object));
        }
        ASSERT_EQ(track.entries.size(), tracks[i]->entries.size());
        EXPECT_EQ(track.entries.back().snapshot->occupancy.values,
                  tracks[i]->entries.back().snapshot->occupancy.values);
        EXPECT_EQ(track.entries.back().silhouette, tracks[i]->entries.back().silhouette);
    }
    EXPECT_EQ(report().state, SessionState::paused);
    EXPECT_LT(difference(picture, model()), 0.01);
    // It goes on where it was, and can be undone.
    play({{{"do", "run"}, {"steps", 1}}});
    EXPECT_EQ(report().tracks.size(), tracks.size());
    EXPECT_EQ(report().iteration, 3);
    play({{{"do", "key"}, {"key", "Z"}, {"ctrl", true}}});
    EXPECT_EQ(studio().inputs().photos.size(), 0U);
}

TEST_F(Saved, ReplacesASessionAndNothingElse) {
    save();
    save();
    EXPECT_EQ(studio().error(), "");
    start();
    open();
    EXPECT_EQ(studio().inputs().photos.size(), 2U);
    std::filesystem::create_directories(path("mine"));
    std::ofstream(path("mine") / "note.txt") << "keep";
    studio().save_session(path("mine"));
    settle();
    EXPECT_THAT(studio().error(), HasSubstr("no saved session"));
    EXPECT_TRUE(std::filesystem::exists(path("mine") / "note.txt"));
    for (const auto& entry : std::filesystem::directory_iterator(path(""))) {
        EXPECT_EQ(entry.path().filename().string().find(".saving"), std::string::npos) << entry.path();
    }
}

TEST_F(Saved, ASessionWithoutARunAndWithoutItsPhotosOpens) {
    start();
    play({{{"do", "load"}, {"photos", {photo().string()}}},
          {{"do", "set_prior"}, {"prior", {"none"}}},
          {{"do", "run"}, {"steps", 1}},
          {{"do", "save_session"}, {"folder", path("kept").string()}},
          {{"do", "wait"}}});
    std::filesystem::remove(photo());
    start();
    // Dropped like a file.
    play({{{"do", "drop"}, {"files", {path("kept").string()}}}, {{"do", "wait"}}});
    ASSERT_EQ(studio().error(), "");
    ASSERT_EQ(studio().inputs().photos.size(), 1U);
    EXPECT_TRUE(std::filesystem::exists(studio().inputs().photos[0].path));
    EXPECT_EQ(report().iteration, 1);
}

// Whatever is wrong with a file: a message, and the window goes on with what it had.
TEST_F(Saved, DamagedFilesAreExplained) {
    save();
    std::mt19937 random(3);
    const std::string good = render::read_file(path("kept") / "session.json");
    const std::vector<std::pair<std::string, std::string>> changes = {{"\"version\": 1", "\"version\": 9"},
                                                                      {"\"iteration\": 1", "\"iteration\": -1"},
                                                                      {"\"azimuth\"", "\"azimut\""},
                                                                      {"\"weight\": 1.0", "\"weight\": -1"},
                                                                      {"\"runs\"", "\"walks\""},
                                                                      {"\"prior\": 1", "\"prior\": \"x\""}};
    for (const auto& [from, to] : changes) {
        std::string bad = good;
        const auto at = bad.find(from);
        ASSERT_NE(at, std::string::npos) << from;
        bad.replace(at, from.size(), to);
        render::write_file_atomically(path("kept") / "session.json", bad);
        EXPECT_THROW((void)read_session(path("kept")), InputError) << to;
    }
    for (int i = 0; i < 200; ++i) {
        std::string bad = good;
        bad[random() % bad.size()] = static_cast<char>(random() % 256);
        if (i % 4 == 0) bad.resize(random() % bad.size());
        render::write_file_atomically(path("kept") / "session.json", bad);
        try {
            (void)read_session(path("kept"));
        } catch (const InputError&) {
        }
    }
    render::write_file_atomically(path("kept") / "session.json", good);
    std::filesystem::resize_file(path("kept") / "runs" / "1.safetensors", 100);
    const auto before = report().tracks.size();
    studio().open_session(path("kept"));
    settle();
    EXPECT_THAT(studio().error(), HasSubstr("1.safetensors"));
    EXPECT_EQ(report().tracks.size(), before);
    studio().clear_error();
    studio().open_session(path("nowhere"));
    settle();
    EXPECT_THAT(studio().error(), HasSubstr("nowhere"));
}

}  // namespace
}  // namespace maquette::viewer
