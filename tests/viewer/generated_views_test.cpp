#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <set>

#include "recon/diffusion/novel_view_weights.h"
#include "render/error.h"
#include "render/io/atomic_file.h"
#include "tests/viewer/app_fixture.h"
#include "viewer/studio/result_views.h"

namespace maquette::viewer {
namespace {

using nlohmann::json;
using recon::SessionState;
using testing::difference;
using ::testing::HasSubstr;
using ::testing::Not;

class Generated : public testing::AppTest {
protected:
    Generated() { recon::diffusion::save_random_novel_view(weights(), 5); }

    [[nodiscard]] std::filesystem::path weights() const { return path("drawn.safetensors"); }
    /// A finished run of the photo from "column", and a diffusion network of two steps.
    void run() {
        ViewOptions options;
        options.diffusion_weights = weights();
        options.diffusion_steps = 2;
        options.views_from_diffusion = 2;
        start(options);
        play({{{"do", "load"}, {"photos", {photo().string()}}}, {{"do", "run"}}, {{"do", "wait"}}});
    }
    void click(const std::string& on) { play(json::array({{{"do", "click"}, {"on", on}}})); }
    void key(const std::string& name) { play(json::array({{{"do", "key"}, {"key", name}}})); }
    [[nodiscard]] const std::vector<GeneratedView>& views() { return studio().generated().views(); }
    const std::vector<std::uint8_t>& pixels(std::size_t i) { return views().at(i).drawn.view->rgb.pixels; }
    /// Mean difference of a view from pixels of another, 0..255. Drawn alone it is rounded otherwise than beside
    /// others.
    double apart(std::size_t i, const std::vector<std::uint8_t>& other) {
        double sum = 0;
        for (std::size_t k = 0; k < other.size(); ++k) sum += std::abs(pixels(i).at(k) - other[k]);
        return sum / static_cast<double>(other.size());
    }
    static constexpr double rounding = 0.02;
    /// Frames until the worker has begun to draw.
    void until_drawing() {
        for (int i = 0; i < 2000 && studio().generated().progress() == 0; ++i) app().tick(0.01);
        ASSERT_GT(studio().generated().progress(), 0);
    }
    [[nodiscard]] std::vector<json> lines() const {
        std::vector<json> result;
        std::ifstream stream(path("home") / "maquette" / "ratings.jsonl");
        for (std::string line; std::getline(stream, line);) result.push_back(json::parse(line));
        return result;
    }
};

TEST_F(Generated, ViewsAreDrawnFromTheResultAndUsedInARunOfTheirOwn) {
    run();
    play(json::array({{{"do", "generate_views"}, {"weight", 0.5}}}));
    ASSERT_EQ(views().size(), 2U);
    for (const GeneratedView& view : views()) {
        EXPECT_TRUE(view.on);
        EXPECT_TRUE(view.drawn.view->camera);
        EXPECT_EQ(view.drawn.weights_sha256, render::sha256_of_file(weights()));
    }
    EXPECT_EQ(views()[0].drawn.seed, 1U);
    EXPECT_EQ(views()[1].drawn.seed, 2U);
    EXPECT_NE(pixels(0), pixels(1));
    EXPECT_EQ(why_stale(studio()), "");
    const int encoded = network().encoded;
    play({{{"do", "switch_view"}, {"view", 1}, {"on", false}}, {{"do", "use_views"}}, {{"do", "wait"}}});
    EXPECT_EQ(network().encoded, encoded + 1) << "photos and views together";
    ASSERT_EQ(report().tracks.size(), 2U);
    EXPECT_EQ(report().state, SessionState::finished);
    EXPECT_EQ(report().tracks[0]->name, "column");
    EXPECT_EQ(report().tracks[1]->name, "column + 1 generated");
    const auto& used = *report().tracks[1]->generated;
    ASSERT_EQ(used.size(), 1U);
    EXPECT_EQ(used[0].rgb.pixels, pixels(1));
    EXPECT_FLOAT_EQ(used[0].weight, 0.5F);
    EXPECT_EQ(report().tracks[1]->views->size(), 1U);
    // The quick network's ball grows with the number of views.
    const auto size = [](const recon::Track& track) {
        double sum = 0;
        for (const float value : track.entries.back().snapshot->occupancy.values) sum += value;
        return sum;
    };
    EXPECT_GT(size(*report().tracks[1]), size(*report().tracks[0]));
    // What came of them is no reason to distrust them.
    EXPECT_EQ(why_stale(studio()), "");
    play({{{"do", "switch_view"}, {"view", 2}, {"on", false}}, {{"do", "use_views"}}, {{"do", "wait"}}});
    EXPECT_EQ(report().tracks.back()->name, "column") << "none is on: a run without";
    EXPECT_EQ(why_stale(studio()), "");
    use_views(studio());
    EXPECT_THAT(studio().error(), HasSubstr("switch one on"));
}

TEST_F(Generated, EachIsDrawnAnewSwitchedOffAndTakenAwayByHand) {
    run();
    EXPECT_FALSE(app().marks().has("generate views"));
    const auto before = shot();
    key("D");
    click("generate views");
    ASSERT_EQ(views().size(), 2U);
    EXPECT_GT(difference(before, shot(), 300, 430, 400, 150), 3) << "the strip";
    const auto first = pixels(0);
    const auto second = pixels(1);
    const auto pose = views()[0].drawn.view->camera->cam_from_object;
    click("generated 1 new");
    EXPECT_GT(apart(0, first), 50 * rounding);
    EXPECT_EQ(pixels(1), second);
    EXPECT_EQ(views()[0].drawn.seed, 3U) << "one that was not used before";
    EXPECT_TRUE(views()[0].drawn.view->camera->cam_from_object.isApprox(pose)) << "of the same pose";
    play(json::array({{{"do", "regenerate_view"}, {"view", 1}, {"seed", 1}}}));
    EXPECT_LT(apart(0, first), rounding) << "a seed says all";
    click("generated 2 on");
    EXPECT_FALSE(views()[1].on);
    const OrbitView looked = app().settings().view;
    click("generated 1");
    EXPECT_NE(app().settings().view, looked) << "the model from there";
    // By name: the button lies beyond the narrow window's edge until the strip is scrolled.
    play(json::array({{{"do", "remove_view"}, {"view", 2}}}));
    ASSERT_EQ(views().size(), 1U);
    EXPECT_LT(apart(0, first), rounding);
    click("use views");
    EXPECT_EQ(report().tracks.back()->name, "column + 1 generated");
    // Of the same result, other ones; the next run's are of another.
    click("generate views");
    EXPECT_EQ(why_stale(studio()), "");
    click("generated views");
    EXPECT_FALSE(app().marks().has("generate views"));
}

TEST_F(Generated, GeneratingAgainFromTheSameResultTakesOtherSeeds) {
    run();
    play(json::array({{{"do", "generate_views"}}}));
    const auto first = pixels(0);
    play(json::array({{{"do", "generate_views"}}}));
    ASSERT_EQ(views().size(), 2U);
    EXPECT_EQ(views()[0].drawn.seed, 3U);
    EXPECT_NE(pixels(0), first);
    play(json::array({{{"do", "generate_views"}, {"seed", 1}}}));
    EXPECT_EQ(pixels(0), first);
}

TEST_F(Generated, WhatIsDrawnOfWhatChangedIsDroppedAndWhatWasDrawnIsStale) {
    run();
    play(json::array({{{"do", "generate_views"}}}));
    const auto first = pixels(0);
    // In the midst of it the prior changes.
    ViewOptions slow = studio().options();
    slow.diffusion_steps = 1000;
    studio().set_options(slow);
    generate_views(studio());
    until_drawing();
    play({{{"do", "swap"}, {"prior", {"ball"}}}, {{"do", "wait"}}});
    EXPECT_EQ(pixels(0), first);
    EXPECT_THAT(studio().notice(), HasSubstr("the prior changed"));
    EXPECT_THAT(why_stale(studio()), HasSubstr("the prior changed"));
    use_views(studio());
    EXPECT_THAT(studio().error(), HasSubstr("the prior changed"));
    studio().clear_error();
    regenerate_view(studio(), views()[0].id);
    EXPECT_NE(studio().error(), "");
    studio().clear_error();
    // A new result, new views.
    slow.diffusion_steps = 2;
    studio().set_options(slow);
    play({{{"do", "run"}}, {{"do", "wait"}}, {{"do", "generate_views"}}});
    EXPECT_EQ(why_stale(studio()), "");
    play({{{"do", "use_views"}}, {{"do", "wait"}}});
    EXPECT_EQ(report().tracks.back()->name, "ball + 2 generated");
    play({{{"do", "load"}, {"photos", {second_photo().string()}}}, {{"do", "wait"}}});
    EXPECT_THAT(why_stale(studio()), HasSubstr("the photos changed"));
    EXPECT_EQ(report().tracks.back()->name, "ball, 2 photos") << "stale views enter no run";
    play({{{"do", "run"}}, {{"do", "wait"}}, {{"do", "generate_views"}}, {{"do", "run"}}, {{"do", "wait"}}});
    EXPECT_EQ(why_stale(studio()), "") << "the same result again";
    play(json::array({{{"do", "run"}, {"steps", 1}}}));
    EXPECT_THAT(why_stale(studio()), HasSubstr("the result changed"));
}

TEST_F(Generated, DrawingIsCancelledAndKeepsNothingWaiting) {
    run();
    ViewOptions options = studio().options();
    options.diffusion_steps = 1000;
    studio().set_options(options);
    key("D");
    SimulatedHand& hand = app().hand();
    hand.click(app().marks().centre("generate views"));
    until_drawing();
    EXPECT_TRUE(studio().generated().drawing_all());
    EXPECT_THAT(studio().activity(), HasSubstr("Generating"));
    // The window goes on meanwhile.
    const double azimuth = app().settings().view.azimuth;
    hand.drag(app().marks().centre("model"), {600, 200});
    for (int i = 0; i < 100 && (hand.busy() || i < 5); ++i) app().tick(0.001);
    EXPECT_NE(app().settings().view.azimuth, azimuth);
    EXPECT_LT(studio().generated().progress(), 1);
    hand.click(app().marks().centre("generate views"));
    settle();
    EXPECT_TRUE(views().empty());
    EXPECT_EQ(studio().error(), "");
    // It may also go in the midst of it.
    generate_views(studio());
    until_drawing();
    start();
}

TEST_F(Generated, SeedsOfAPoseAreRatedAndTheWinnerStays) {
    run();
    play(json::array({{{"do", "generate_views"}}}));
    const auto first = pixels(0);
    click("generated 1 rate");
    ViewRating& rating = studio().view_rating();
    ASSERT_TRUE(rating.pair());
    const auto shown = *rating.pair();
    EXPECT_NE(shown.a.seed, shown.b.seed);
    EXPECT_EQ(std::set({shown.a.seed, shown.b.seed}), (std::set<std::uint64_t>{1, 3}));
    key("2");
    ASSERT_EQ(lines().size(), 1U);
    const json line = lines()[0];
    EXPECT_EQ(line["kind"], "generated_view");
    EXPECT_EQ(line["choice"], "b");
    EXPECT_EQ(line["seed_a"], shown.a.seed);
    EXPECT_EQ(line["seed_b"], shown.b.seed);
    EXPECT_EQ(line["photo"]["path"], photo().string());
    EXPECT_EQ(line["photo"]["crop_sha256"].get<std::string>().size(), 64U);
    EXPECT_NEAR(line["pose"]["azimuth"].get<double>(), recon::crop_camera_of(*views()[0].drawn.view->camera).azimuth,
                1e-6);
    EXPECT_GE(line["ms"].get<int>(), 0);
    EXPECT_EQ(line["weights_sha256_a"], render::sha256_of_file(weights()));
    EXPECT_NE(line["picture_sha256_a"], line["picture_sha256_b"]);
    EXPECT_EQ(line["steps_a"], 2);
    EXPECT_EQ(pixels(0), shown.b.view->rgb.pixels) << "the winner stays";
    // The next rival is there; a tie changes nothing.
    ASSERT_TRUE(rating.pair());
    click("rate same");
    ASSERT_EQ(lines().size(), 2U);
    EXPECT_EQ(lines()[1]["choice"], "same");
    EXPECT_EQ(pixels(0), shown.b.view->rgb.pixels);
    click("rate skip");
    EXPECT_EQ(lines().size(), 2U);
    // Back over the skip, the tie and the choice.
    key("U");
    EXPECT_EQ(lines().size(), 2U);
    click("rate undo");
    EXPECT_EQ(lines().size(), 1U);
    key("U");
    EXPECT_EQ(lines().size(), 0U);
    EXPECT_EQ(pixels(0), first);
    ASSERT_TRUE(rating.pair());
    EXPECT_EQ(rating.pair()->a.seed, shown.a.seed);
    key("Esc");
    EXPECT_FALSE(rating.active());
    EXPECT_FALSE(app().marks().has("rate a"));
}

TEST_F(Generated, ScriptsRateAndAViewThatGoesEndsIt) {
    run();
    play({{{"do", "generate_views"}},
          {{"do", "rate_view"}, {"view", 2}, {"choice", "a"}},
          {{"do", "rate_view"}, {"view", 2}, {"choice", "skip"}},
          {{"do", "rate_view"}, {"view", 2}, {"choice", "same"}},
          {{"do", "rate_view"}, {"choice", "undo"}},
          {{"do", "rate_view"}, {"view", 1}}});
    ASSERT_EQ(lines().size(), 1U);
    EXPECT_EQ(lines()[0]["choice"], "a");
    EXPECT_EQ(studio().view_rating().view(), views()[0].id);
    play(json::array({{{"do", "remove_view"}, {"view", 1}}}));
    EXPECT_FALSE(studio().view_rating().active());
    play({{{"do", "rate_view"}, {"view", 1}}, {{"do", "swap"}, {"prior", {"ball"}}}, {{"do", "wait"}}});
    EXPECT_FALSE(studio().view_rating().active()) << "of a result that is gone";
    EXPECT_THROW(play(json::array({{{"do", "remove_view"}, {"view", 9}}})), InputError);
}

TEST_F(Generated, ARatingThatCannotBeWrittenChangesNothing) {
    run();
    std::filesystem::create_directories(path("home"));
    std::ofstream(path("home") / "maquette") << "no folder";
    play({{{"do", "generate_views"}}, {{"do", "rate_view"}, {"view", 1}}});
    const auto first = pixels(0);
    const auto seed = studio().view_rating().pair()->b.seed;
    EXPECT_THROW(click("rate b"), InputError);
    EXPECT_EQ(pixels(0), first);
    EXPECT_EQ(studio().view_rating().pair()->b.seed, seed) << "the same pair is still asked about";
}

TEST_F(Generated, ASessionKeepsTheViewsAndTheRunsThatUsedThem) {
    run();
    play({{{"do", "generate_views"}},
          {{"do", "switch_view"}, {"view", 2}, {"on", false}},
          {{"do", "use_views"}},
          {{"do", "wait"}},
          {{"do", "save_session"}, {"folder", path("kept").string()}},
          {{"do", "wait"}}});
    const auto kept = views();
    const auto tracks = report().tracks;
    ViewOptions options;
    options.diffusion_weights = weights();
    options.diffusion_steps = 2;
    start(options);
    play({{{"do", "open_session"}, {"folder", path("kept").string()}}, {{"do", "wait"}}});
    ASSERT_EQ(studio().error(), "");
    ASSERT_EQ(views().size(), 2U);
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(views()[i].on, kept[i].on);
        EXPECT_EQ(views()[i].drawn.seed, kept[i].drawn.seed);
        EXPECT_EQ(views()[i].drawn.steps, kept[i].drawn.steps);
        EXPECT_EQ(views()[i].drawn.weights_sha256, kept[i].drawn.weights_sha256);
        EXPECT_EQ(pixels(i), kept[i].drawn.view->rgb.pixels);
        EXPECT_EQ(views()[i].drawn.view->mask.pixels, kept[i].drawn.view->mask.pixels);
        EXPECT_TRUE(
            views()[i].drawn.view->camera->cam_from_object.isApprox(kept[i].drawn.view->camera->cam_from_object));
    }
    EXPECT_EQ(why_stale(studio()), "");
    ASSERT_EQ(report().tracks.size(), 2U);
    EXPECT_EQ(report().tracks[0]->generated, nullptr);
    EXPECT_EQ(report().tracks[1]->name, "column + 1 generated");
    ASSERT_NE(report().tracks[1]->generated, nullptr);
    const recon::View& used = report().tracks[1]->generated->at(0);
    EXPECT_EQ(used.rgb.pixels, tracks[1]->generated->at(0).rgb.pixels);
    EXPECT_FLOAT_EQ(used.weight, tracks[1]->generated->at(0).weight);
    EXPECT_TRUE(used.generated);
    // The same seed draws the same picture from what was kept; the views are used again.
    const auto first = pixels(0);
    play({{{"do", "regenerate_view"}, {"view", 1}}});
    EXPECT_NE(pixels(0), first);
    play({{{"do", "regenerate_view"}, {"view", 1}, {"seed", kept[0].drawn.seed}}});
    EXPECT_LT(apart(0, first), rounding);
    play({{{"do", "run"}, {"steps", 1}}});
    EXPECT_EQ(report().tracks.back()->generated->size(), 1U) << "the run goes on with its views";
    play({{{"do", "switch_view"}, {"view", 2}, {"on", true}}, {{"do", "use_views"}}, {{"do", "wait"}}});
    EXPECT_EQ(report().tracks.back()->name, "column + 2 generated");
    // Views of a result that is gone stay so.
    play({{{"do", "swap"}, {"prior", {"ball"}}},
          {{"do", "wait"}},
          {{"do", "save_session"}, {"folder", path("stale").string()}},
          {{"do", "wait"}},
          {{"do", "open_session"}, {"folder", path("stale").string()}},
          {{"do", "wait"}}});
    EXPECT_EQ(views().size(), 2U);
    EXPECT_NE(why_stale(studio()), "");
}

TEST_F(Generated, DamagedViewsOfASessionAreExplained) {
    run();
    play({{{"do", "generate_views"}},
          {{"do", "use_views"}},
          {{"do", "wait"}},
          {{"do", "save_session"}, {"folder", path("kept").string()}},
          {{"do", "wait"}}});
    const auto file = path("kept") / "session.json";
    const json good = json::parse(render::read_file(file));
    const auto rejects = [&](const char* place, const json& value) {
        json bad = good;
        bad[json::json_pointer(place)] = value;
        render::write_file_atomically(file, bad.dump());
        EXPECT_THROW((void)read_session(path("kept")), InputError) << place;
    };
    rejects("/generated/from_run", 9);
    rejects("/generated/from_run", -1);
    rejects("/generated/views", "none");
    rejects("/generated/views/0/steps", 0);
    rejects("/generated/views/0/seed", "one");
    rejects("/generated/views/0/weight", -1);
    rejects("/generated/views/0/camera/fx", 0);
    rejects("/runs/1/generated/0/camera/width", 1e9);
    render::write_file_atomically(file, good.dump());
    EXPECT_EQ(read_session(path("kept")).generated.size(), 2U);
    std::filesystem::remove(path("kept") / "generated.safetensors");
    EXPECT_THROW((void)read_session(path("kept")), InputError);
}

TEST_F(Generated, WithoutWeightsThePanelSaysWhatToDo) {
    begin();
    const std::string why = why_no_views(studio());
    EXPECT_THAT(why, HasSubstr("novel-view"));
    EXPECT_THAT(why, HasSubstr("--diffusion-weights"));
    EXPECT_THAT(why, HasSubstr("maquette train novel-view"));
    EXPECT_THAT(why, Not(HasSubstr("\n")));
    key("D");
    ASSERT_TRUE(app().marks().has("diffusion-weights"));
    click("generate views");
    EXPECT_TRUE(views().empty());
    EXPECT_EQ(studio().error(), "");
    EXPECT_THROW(play(json::array({{{"do", "generate_views"}}})), InputError);
    studio().clear_error();
    // A path typed there does, as does a file that is dropped.
    EXPECT_THROW(play({{{"do", "click"}, {"on", "diffusion-weights"}},
                       {{"do", "type"}, {"text", "nowhere.safetensors"}},
                       {{"do", "key"}, {"key", "Enter"}}}),
                 InputError);
    studio().clear_error();
    play({{{"do", "drop"}, {"files", {weights().string()}}}, {{"do", "wait"}}});
    EXPECT_EQ(why_no_views(studio()), "");
    EXPECT_FALSE(app().marks().has("diffusion-weights"));
    play(json::array({{{"do", "generate_views"}, {"views", 1}, {"steps", 2}}}));
    EXPECT_EQ(views().size(), 1U);
    EXPECT_THROW(play(json::array({{{"do", "generate_views"}, {"views", 99}}})), InputError);
}

TEST_F(Generated, WhatCannotBeDrawnFromIsSaid) {
    ViewOptions options;
    options.diffusion_weights = weights();
    start(options);
    play(json::array({{{"do", "load"}, {"photos", {photo().string()}}}}));
    EXPECT_THAT(why_no_views(studio()), HasSubstr("run first"));
    network().milliseconds = 20;
    studio().set_iterations(100);
    studio().run();
    while (report().iteration == 0) app().tick(0.01);
    EXPECT_THAT(why_no_views(studio()), HasSubstr("wait for the run"));
    studio().pause();
    settle();
    EXPECT_EQ(why_no_views(studio()), "");
    // A file that is no such network is a banner, and the views there are stay.
    std::ofstream(path("broken.safetensors")) << "nothing";
    options = studio().options();
    options.diffusion_weights = path("broken.safetensors");
    studio().set_options(options);
    generate_views(studio());
    settle();
    EXPECT_THAT(studio().error(), HasSubstr("broken.safetensors"));
    EXPECT_TRUE(studio().generated().idle());
}

TEST_F(Generated, AnIdleStripDrawsNoFrames) {
    run();
    play(json::array({{{"do", "generate_views"}}}));
    settle();
    for (int i = 0; i < 20; ++i) EXPECT_FALSE(app().tick(0.001)) << i;
}

}  // namespace
}  // namespace maquette::viewer
