#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "recon/diffusion/novel_view_denoiser.h"
#include "recon/diffusion/preference_delta.h"
#include "render/io/image_io.h"
#include "tests/recon/cli/command_fixture.h"

namespace maquette::recon::testing {
namespace {

class NovelView : public CommandTest {
protected:
    NovelView() { diffusion::save_random_novel_view(path("nv.safetensors"), 3); }

    [[nodiscard]] std::vector<std::string> arguments(const std::vector<std::string>& more) const {
        std::vector<std::string> all = {"novel-view", photo().string(), "--prior",        "column",    "--steps",
                                        "2",          "--weights",      "nv.safetensors", "--azimuth", "90"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
};

TEST_F(NovelView, DrawsAPictureBySeed) {
    const RunResult result = run(arguments({"-o", "a.png"}));
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    EXPECT_EQ(result.output, "a.png\n");
    const render::Image picture = render::read_image(path("a.png"));
    EXPECT_EQ(picture.width, 64);
    EXPECT_EQ(picture.channels, 4);
    ASSERT_EQ(run(arguments({"-o", "b.png"})).exit_code, 0);
    ASSERT_EQ(run(arguments({"-o", "c.png", "--seed", "2"})).exit_code, 0);
    EXPECT_EQ(read("a.png"), read("b.png"));
    EXPECT_NE(read("a.png"), read("c.png"));
}

TEST_F(NovelView, TakesACameraAndEverySampler) {
    write("cameras.json", R"({"cameras": [{"azimuth": 30, "elevation": 20}]})");
    for (const char* sampler : {"ddpm", "edict", "bdia", "o-belm"}) {
        const RunResult result = run(arguments({"-o", "view.png", "--cameras", "cameras.json", "--sampler", sampler,
                                                "--photo-guidance", "1.5", "--no-geometry"}));
        EXPECT_EQ(result.exit_code, 0) << result.errors;
    }
}

TEST_F(NovelView, ReconstructsWithGeneratedViewsBesideThePhoto) {
    const auto reconstruct = [&](const std::vector<std::string>& more) {
        std::vector<std::string> all = {"reconstruct", photo().string(), "--prior", "column", "--resolution", "32"};
        all.insert(all.end(), more.begin(), more.end());
        return run(all);
    };
    ASSERT_EQ(reconstruct({"-o", "without.ply"}).exit_code, 0);
    const RunResult result =
        reconstruct({"-o", "with.ply", "--views-from-diffusion", "2", "--diffusion-rounds", "2", "--diffusion-steps",
                     "2", "--diffusion-weights", "nv.safetensors", "--diffusion-weight", "1"});
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    EXPECT_NE(read("with.ply"), read("without.ply"));
    const auto report = nlohmann::json::parse(read("with.json"));
    EXPECT_EQ(report.at("generated_views").size(), 2U);
    EXPECT_EQ(report.at("seed"), 1);
    EXPECT_TRUE(nlohmann::json::parse(read("without.json")).at("generated_views").empty());
    expect_input_error({"reconstruct", photo().string(), "--prior", "column", "--views-from-diffusion", "2"},
                       {"no weights for novel-view", "--diffusion-weights"});
}

TEST_F(NovelView, AddsPreferencesToItsWeights) {
    const auto base = diffusion::load_novel_view(path("nv.safetensors"));
    Parameters tuned = base->parameters;
    for (auto& [name, tensor] : tuned) tensor = tensor + 0.02;
    diffusion::save_preference_delta(path("delta.safetensors"), base->parameters, tuned, {});
    ASSERT_EQ(run(arguments({"-o", "plain.png"})).exit_code, 0);
    ASSERT_EQ(run(arguments({"-o", "none.png", "--preferences", "none"})).exit_code, 0);
    const RunResult result = run(arguments({"-o", "tuned.png", "--preferences", "delta.safetensors"}));
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    EXPECT_EQ(read("plain.png"), read("none.png"));
    EXPECT_NE(read("plain.png"), read("tuned.png"));

    const auto reconstruct = [&](const std::string& preferences) {
        return run({"reconstruct", photo().string(), "--prior", "column", "--resolution", "32", "-o", "with.ply",
                    "--views-from-diffusion", "1", "--diffusion-steps", "2", "--diffusion-weights", "nv.safetensors",
                    "--diffusion-preferences", preferences});
    };
    ASSERT_EQ(reconstruct("delta.safetensors").exit_code, 0);
    EXPECT_THAT(nlohmann::json::parse(read("with.json")).at("inputs").dump(),
                ::testing::HasSubstr("diffusion preferences"));
    ASSERT_EQ(reconstruct("none").exit_code, 0);
    EXPECT_THAT(nlohmann::json::parse(read("with.json")).at("inputs").dump(),
                ::testing::Not(::testing::HasSubstr("diffusion preferences")));

    diffusion::save_random_novel_view(path("nv.safetensors"), 4);
    expect_input_error(arguments({"-o", "other.png", "--preferences", "delta.safetensors"}),
                       {"delta.safetensors", "other weights"});
}

TEST_F(NovelView, LearnsFromRatings) {
    std::filesystem::copy_file(photo(), path("first.png"));
    std::filesystem::copy_file(photo(), path("second.png"));
    const auto line = [](const std::string& picture, int seed, const std::string& choice) {
        return nlohmann::json{{"kind", "generated_view"}, {"photo", picture},  {"azimuth", 90},
                              {"elevation", 10},          {"seed_a", seed},    {"seed_b", 99},
                              {"choice", choice},         {"prior", "column"}, {"steps", 2}}
                   .dump() +
               "\n";
    };
    write("ratings.jsonl", line("first.png", 1, "a") + line("second.png", 2, "b") + "{torn\n" +
                               line("first.png", 3, "tie") + line("missing.png", 4, "a"));
    const std::vector<std::string> train = {
        "train", "dpo", "--weights", "nv.safetensors", "--ratings", "ratings.jsonl", "--beta", "1000", "--batch-size",
        "1",     "-o",  "run",       "--steps",        "1"};
    const RunResult result = run(train);
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    EXPECT_EQ(result.output, "run/weights.safetensors\n");
    EXPECT_THAT(result.errors, ::testing::HasSubstr("ratings.jsonl line 3"));
    EXPECT_THAT(result.errors, ::testing::HasSubstr("ratings.jsonl line 5: missing.png"));
    EXPECT_THAT(result.errors, ::testing::HasSubstr("1 ties dropped"));
    const RunResult tuned = run(arguments({"-o", "tuned.png", "--preferences", "run/weights.safetensors"}));
    EXPECT_EQ(tuned.exit_code, 0) << tuned.errors;

    const RunResult nothing = run({"train", "dpo", "--weights", "nv.safetensors", "-o", "empty"});
    EXPECT_EQ(nothing.exit_code, 2);
    EXPECT_THAT(nothing.errors, ::testing::HasSubstr("--make-pairs"));
}

TEST_F(NovelView, OptimisesAndStartsFromARender) {
    const RunResult optimised = run(arguments({"-o", "view.png", "--optimise", "1", "--report", "view.json"}));
    ASSERT_EQ(optimised.exit_code, 0) << optimised.errors;
    EXPECT_THAT(optimised.errors, ::testing::HasSubstr("disagreement with the photo"));
    const auto report = nlohmann::json::parse(read("view.json"));
    EXPECT_LE(report.at("constraint_after"), report.at("constraint_before"));
    EXPECT_EQ(report.at("options").at("optimise"), 1);
    ASSERT_EQ(run(arguments({"-o", "plain.png"})).exit_code, 0);
    ASSERT_EQ(run(arguments({"-o", "render.png", "--from-render", "0.5"})).exit_code, 0);
    EXPECT_NE(read("plain.png"), read("render.png"));
    EXPECT_EQ(run(arguments({"--from-render", "2"})).exit_code, 2);

    const RunResult result =
        run({"reconstruct", photo().string(), "--prior", "column", "--resolution", "32", "-o", "with.ply",
             "--views-from-diffusion", "1", "--diffusion-steps", "2", "--diffusion-weights", "nv.safetensors",
             "--diffusion-optimise", "1", "--diffusion-from-render", "0.5"});
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    const auto view = nlohmann::json::parse(read("with.json")).at("generated_views").at(0);
    EXPECT_LE(view.at("constraint_after"), view.at("constraint_before"));
}

TEST_F(NovelView, SaysWhatIsMissing) {
    expect_input_error({"novel-view", photo().string()},
                       {"no weights for novel-view", "--weights", "train novel-view"});
    expect_input_error({"novel-view", photo().string(), "--weights", weights().string()}, {"not of novel-view"});
    expect_input_error(arguments({"-o", "view.obj"}), {"view.obj"});
    EXPECT_EQ(run({"novel-view"}).exit_code, 2);
    EXPECT_EQ(run(arguments({"--sampler", "magic"})).exit_code, 2);
}

}  // namespace
}  // namespace maquette::recon::testing
