#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "render/io/image_io.h"
#include "tests/recon/cli/command_fixture.h"

namespace maquette::recon::testing {
namespace {

class CheckpointView : public CommandTest {
protected:
    [[nodiscard]] static std::vector<std::string> arguments(const std::vector<std::string>& more) {
        const auto checkpoint =
            std::filesystem::path(MAQUETTE_ASSETS).parent_path() / "tests/recon/diffusion/data/tiny_zero123";
        std::vector<std::string> all = {"novel-view", photo().string(), "--steps",
                                        "2",          "--checkpoint",   checkpoint.string()};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }

    void expect_usage_error(const std::vector<std::string>& more, const std::string& text) const {
        const RunResult result = run(arguments(more));
        EXPECT_EQ(result.exit_code, 2) << result.errors;
        EXPECT_THAT(result.errors, ::testing::HasSubstr(text));
    }
};

TEST_F(CheckpointView, DrawsFromThePhotoAlone) {
    const RunResult result = run(arguments({"-o", "a.png", "--azimuth", "90", "--report", "a.json"}));
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    EXPECT_EQ(result.output, "a.png\n");
    EXPECT_THAT(result.errors, ::testing::HasSubstr("novel-view: 100 %"));
    const render::Image picture = render::read_image(path("a.png"));
    EXPECT_EQ(picture.width, 256);
    EXPECT_EQ(picture.height, 256);
    EXPECT_EQ(picture.channels, 3);
    const auto report = nlohmann::json::parse(read("a.json"));
    EXPECT_EQ(report.at("relative_pose").at("azimuth"), 90);
    EXPECT_EQ(report.at("options").at("photo-guidance"), 3);

    write("cameras.json", R"({"cameras": [{"azimuth": 30, "elevation": 10}]})");
    ASSERT_EQ(
        run(arguments({"-o", "b.png", "--azimuth", "120", "--elevation", "20", "--cameras", "cameras.json"})).exit_code,
        0);
    EXPECT_EQ(read("a.png"), read("b.png"));
    ASSERT_EQ(
        run(arguments({"-o", "c.png", "--azimuth", "90", "--sampler", "edict", "--photo-guidance", "1"})).exit_code, 0);
    EXPECT_NE(read("a.png"), read("c.png"));
}

TEST_F(CheckpointView, RefusesOptionsWithoutAUse) {
    expect_usage_error({"--weights", "nv.safetensors"}, "--checkpoint and --weights");
    expect_usage_error({"--prior", "column", "--optimise", "3"}, "has no use for --prior, --optimise");
    expect_usage_error({"--no-geometry"}, "--no-geometry");
}

TEST_F(CheckpointView, SaysWhatIsMissing) {
    const auto with = [](const std::string& checkpoint) {
        return std::vector<std::string>{"novel-view", photo().string(), "--checkpoint", checkpoint};
    };
    expect_input_error(with("nowhere"), {"nowhere", "diffusers' layout"});
    write("105000.ckpt", "PK");
    expect_input_error(with("105000.ckpt"), {"105000.ckpt", "convert the checkpoint to safetensors"});
    std::filesystem::create_directories(path("folder/unet"));
    expect_input_error(with("folder"), {"folder/unet/config.json: missing"});
}

}  // namespace
}  // namespace maquette::recon::testing
