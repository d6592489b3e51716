#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "recon/diffusion/novel_view_denoiser.h"
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
