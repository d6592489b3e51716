#include <ATen/Functions.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "recon/diffusion/checkpoint.h"
#include "recon/diffusion/checkpoint_denoiser.h"
#include "recon/diffusion/checkpoint_view.h"
#include "tests/recon/diffusion/checkpoint_folder.h"

namespace maquette::recon::diffusion {
namespace {

/// What another program computed with the same weights (data/make_tiny_zero123.py).
class Goldens : public ::testing::Test {
protected:
    [[nodiscard]] torch::Tensor golden(const std::string& name) const { return tensor_from(file_.tensors.at(name)); }

    void expect_golden(const torch::Tensor& got, const std::string& name) const {
        const auto expected = golden(name);
        ASSERT_EQ(got.sizes(), expected.sizes()) << name;
        EXPECT_LT((got - expected).abs().max().item<float>(), 1e-4F) << name;
        EXPECT_GT(expected.std().item<float>(), 0.1F) << name;
    }

    Checkpoint checkpoint_{checkpoint_data() / "tiny_zero123"};

private:
    render::SafetensorsFile file_ = render::read_safetensors(checkpoint_data() / "tiny_zero123_goldens.safetensors");
};

TEST_F(Goldens, UNet) {
    const auto weights = checkpoint_.unet_weights().read();
    EXPECT_EQ(weights.size(), 686U);
    expect_golden(
        checkpoint_.unet().forward(weights, golden("unet.sample"), golden("unet.timesteps"), golden("unet.context")),
        "unet.output");
}

TEST_F(Goldens, Autoencoder) {
    const auto weights = checkpoint_.autoencoder_weights().read();
    EXPECT_EQ(weights.size(), 248U);
    expect_golden(checkpoint_.autoencoder().encode(weights, golden("vae.pictures")), "vae.mean");
    expect_golden(checkpoint_.autoencoder().decode(weights, golden("vae.latents")), "vae.decoded");
}

TEST_F(Goldens, ImageEncoder) {
    const auto pixels = checkpoint_.image_encoder().pixels_of(golden("clip.pictures"));
    expect_golden(pixels, "clip.pixels");
    expect_golden(checkpoint_.image_encoder().embed(checkpoint_.image_encoder_weights().read(), pixels),
                  "clip.embedding");
}

TEST_F(Goldens, Schedule) {
    const auto expected = golden("schedule.alphas_cumprod");
    for (int k = 0; k < 1000; ++k) {
        const NoiseLevel level = checkpoint_.schedule().at((k + 1) / 1000.0);
        EXPECT_NEAR(level.alpha * level.alpha, expected[k].item<double>(), 1e-6) << k;
    }
}

TEST_F(Goldens, GuidedDenoiserWithPhotoAndPose) {
    const auto autoencoder = checkpoint_.autoencoder_weights().read();
    const auto conditions =
        photo_conditions(checkpoint_, autoencoder, golden("guided.photo"), {.azimuth = 40, .elevation = 25});
    expect_golden(conditions.tokens, "guided.tokens");
    expect_golden(conditions.latent, "guided.latent");
    const CheckpointDenoiser shown(checkpoint_.unet(), checkpoint_.unet_weights().read(), checkpoint_.schedule(),
                                   checkpoint_.scheduler_config().prediction, conditions);
    const GuidedDenoiser denoiser(shown, {.photo = 3, .geometry = 1});
    EXPECT_EQ(denoiser.parameterization(), Parameterization::epsilon);
    expect_golden(denoiser.predict(golden("guided.x"), checkpoint_.schedule().at(0.5)), "guided.output");
}

using Shapes = std::map<std::string, std::vector<std::int64_t>>;

Shapes shapes_of(const std::vector<ParameterShape>& parameters) {
    Shapes shapes;
    for (const auto& parameter : parameters) {
        EXPECT_TRUE(shapes.emplace(parameter.name, parameter.shape).second) << parameter.name << " twice";
    }
    return shapes;
}

// What a full-size checkpoint holds, written down from the published architecture by data/make_manifest.py.
TEST(Manifest, FullSizeNetworksRegisterTheTensorsOfACheckpoint) {
    std::map<std::string, Shapes> expected;
    std::ifstream stream(checkpoint_data() / "zero123_manifest.txt");
    for (std::string line; std::getline(stream, line);) {
        std::istringstream words(line);
        std::string part;
        std::string name;
        words >> part >> name;
        auto& shape = expected[part][name];
        for (std::int64_t side = 0; words >> side;) shape.push_back(side);
    }
    ASSERT_EQ(expected["unet"].size(), 686U);
    ASSERT_EQ(expected["vae"].size(), 248U);
    UNetConfig unet = stable_diffusion_1_config();
    unet.in_channels = 8;
    EXPECT_EQ(shapes_of(UNet2DConditionModel(unet).parameter_shapes()), expected["unet"]);
    EXPECT_EQ(shapes_of(AutoencoderKL(AutoencoderConfig()).parameter_shapes()), expected["vae"]);
    EXPECT_EQ(shapes_of(ClipVisionModel(clip_vit_l14_config()).parameter_shapes()), expected["image_encoder"]);
}

}  // namespace
}  // namespace maquette::recon::diffusion
