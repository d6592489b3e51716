#include "recon/diffusion/checkpoint_config.h"

#include <gmock/gmock.h>

#include <functional>

#include "recon/diffusion/unet_config.h"
#include "render/error.h"

namespace maquette::recon::diffusion {
namespace {

using ::testing::HasSubstr;

std::string error_of(const std::function<void()>& parse) {
    try {
        parse();
    } catch (const InputError& error) {
        return error.what();
    }
    return "none";
}

std::string autoencoder_error(const std::string& json) {
    return error_of([&] { parse_autoencoder_config(json, "vae/config.json"); });
}
std::string clip_error(const std::string& json) {
    return error_of([&] { parse_clip_vision_config(json, "clip/config.json"); });
}
std::string scheduler_error(const std::string& json) {
    return error_of([&] { parse_scheduler_config(json, "scheduler_config.json"); });
}
std::string sample_size_error(const std::string& json) {
    return error_of([&] { parse_sample_size(json, "unet/config.json"); });
}
std::string unet_error(const std::string& more) {
    return error_of([&] { parse_unet_config(R"({"block_out_channels": [32, 32, 32, 32], )" + more + "}", "unet"); });
}

// What the model hub holds for Stable Diffusion's autoencoder, in an old and a new version.
TEST(CheckpointConfig, ReadsPublishedAutoencoders) {
    const std::string old_text =
        R"({"_class_name": "AutoencoderKL", "_diffusers_version": "0.2.2", "act_fn": "silu",
            "block_out_channels": [128, 256, 512, 512], "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D",
            "DownEncoderBlock2D", "DownEncoderBlock2D"], "in_channels": 3, "latent_channels": 4, "layers_per_block": 2,
            "norm_num_groups": 32, "out_channels": 3, "sample_size": 256, "up_block_types": ["UpDecoderBlock2D",
            "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"]})";
    const auto config = parse_autoencoder_config(old_text, "test");
    EXPECT_EQ(config.block_out_channels, (std::vector<int>{128, 256, 512, 512}));
    EXPECT_EQ(config.scaling_factor, 0.18215);
    EXPECT_EQ(parse_autoencoder_config(R"({"latent_channels": 4, "scaling_factor": 0.5, "latents_mean": null,
                                           "use_quant_conv": true})",
                                       "test")
                  .scaling_factor,
              0.5);
}

TEST(CheckpointConfig, SaysWhatAnAutoencoderMustBe) {
    EXPECT_THAT(autoencoder_error("nonsense"), HasSubstr("vae/config.json: not the configuration of an AutoencoderKL"));
    EXPECT_THAT(autoencoder_error(R"({"latent_channels": "four"})"), HasSubstr("latent_channels is \"four\""));
    EXPECT_THAT(autoencoder_error(R"({"latent_channels": 4, "act_fn": "mish"})"), HasSubstr("act_fn is \"mish\""));
    EXPECT_THAT(autoencoder_error(R"({"latent_channels": 4, "up_block_types": ["UpDecoderBlock2D", "AttnUp"]})"),
                HasSubstr("up_block_types"));
    EXPECT_THAT(autoencoder_error(R"({"latent_channels": 4, "use_quant_conv": false})"), HasSubstr("use_quant_conv"));
    EXPECT_THAT(autoencoder_error(R"({"latent_channels": 0})"), HasSubstr("0 latent channels"));
    EXPECT_THAT(autoencoder_error(R"({"latent_channels": 4, "block_out_channels": [33]})"), HasSubstr("[33]"));
    EXPECT_THAT(autoencoder_error(R"({"latent_channels": 4, "norm_num_groups": 0})"), HasSubstr("0 groups"));
    EXPECT_THAT(autoencoder_error(R"({"latent_channels": 99999999999})"), HasSubstr("latent_channels is 99999999999"));
    EXPECT_THAT(autoencoder_error(R"({"latent_channels": 4, "block_out_channels": [128, "x"]})"),
                HasSubstr("block_out_channels is \"x\""));
}

TEST(CheckpointConfig, ReadsImageEncoders) {
    const auto config = parse_clip_vision_config(
        R"({"architectures": ["CLIPVisionModelWithProjection"], "hidden_act": "quick_gelu", "hidden_size": 1024,
            "image_size": 224, "intermediate_size": 4096, "layer_norm_eps": 1e-05, "model_type": "clip_vision_model",
            "num_attention_heads": 16, "num_channels": 3, "num_hidden_layers": 24, "patch_size": 14,
            "projection_dim": 768})",
        "test");
    const auto full = clip_vit_l14_config();
    EXPECT_EQ(config.hidden_size, full.hidden_size);
    EXPECT_EQ(config.intermediate_size, full.intermediate_size);
    EXPECT_EQ(config.num_hidden_layers, full.num_hidden_layers);
    EXPECT_EQ(config.num_attention_heads, full.num_attention_heads);
    EXPECT_EQ(config.patch_size, full.patch_size);
    EXPECT_EQ(config.projection_dim, full.projection_dim);
    const auto inner = parse_clip_vision_config(
        R"({"projection_dim": 640, "vision_config": {"patch_size": 16, "hidden_size": 768}})", "test");
    EXPECT_EQ(inner.patch_size, 16);
    EXPECT_EQ(inner.projection_dim, 640);
    EXPECT_EQ(inner.num_hidden_layers, 12);
}

TEST(CheckpointConfig, SaysWhatAnImageEncoderMustBe) {
    EXPECT_THAT(clip_error("[]"), HasSubstr("clip/config.json: not the configuration"));
    EXPECT_THAT(clip_error(R"({"vision_config": 3})"), HasSubstr("not the configuration"));
    EXPECT_THAT(clip_error(R"({"patch_size": 14, "hidden_act": "relu"})"), HasSubstr("'relu'"));
    EXPECT_THAT(clip_error(R"({"patch_size": 14, "num_attention_heads": 7})"), HasSubstr("of 7 heads"));
    EXPECT_THAT(clip_error(R"({"patch_size": 300})"), HasSubstr("patches of 300"));
    EXPECT_THAT(clip_error(R"({"patch_size": 1e40})"), HasSubstr("patch_size is 1e+40"));
    EXPECT_THAT(clip_error(R"({"patch_size": 14, "num_hidden_layers": 2000000000})"), HasSubstr("2000000000 layers"));
}

TEST(CheckpointConfig, ReadsSchedulers) {
    const auto config = parse_scheduler_config(
        R"({"_class_name": "DDIMScheduler", "beta_end": 0.012, "beta_schedule": "scaled_linear", "beta_start": 0.00085,
            "clip_sample": false, "num_train_timesteps": 1000, "steps_offset": 1, "trained_betas": null})",
        "test");
    EXPECT_EQ(config.beta_start, 0.00085);
    EXPECT_EQ(config.num_train_timesteps, 1000);
    EXPECT_EQ(config.prediction, Parameterization::epsilon);
    EXPECT_EQ(parse_scheduler_config(R"({"beta_schedule": "scaled_linear", "prediction_type": "v_prediction"})", "test")
                  .prediction,
              Parameterization::velocity);
    EXPECT_THAT(scheduler_error("{}"), HasSubstr("scheduler_config.json: not the configuration of a scheduler"));
    EXPECT_THAT(scheduler_error(R"({"beta_schedule": "linear"})"),
                HasSubstr("beta_schedule is \"linear\" but this program only has \"scaled_linear\""));
    EXPECT_THAT(scheduler_error(R"({"beta_schedule": "scaled_linear", "prediction_type": "flow"})"),
                HasSubstr("prediction_type is 'flow'"));
    EXPECT_THAT(scheduler_error(R"({"beta_schedule": "scaled_linear", "beta_start": 2})"), HasSubstr("betas 2 to"));
    EXPECT_THAT(scheduler_error(R"({"beta_schedule": "scaled_linear", "num_train_timesteps": 1})"),
                HasSubstr("in 1 steps"));
}

TEST(CheckpointConfig, ReadsTheSampleSize) {
    EXPECT_EQ(parse_sample_size(R"({"sample_size": 32})", "test"), 32);
    EXPECT_EQ(parse_sample_size(R"({"sample_size": [64, 64]})", "test"), 64);
    for (const char* value : {"[64, 32]", "null", "0", "-8", "3.5", "\"32\"", "1e9", "[]"}) {
        EXPECT_THAT(sample_size_error(std::string(R"({"sample_size": )") + value + "}"), HasSubstr("sample_size is"))
            << value;
    }
    EXPECT_THAT(sample_size_error("{}"), HasSubstr("no 'sample_size'"));
}

TEST(CheckpointConfig, UNetsOfOtherVersions) {
    const auto heads = [](const std::string& more) {
        return parse_unet_config(R"({"block_out_channels": [32, 64, 64, 64])" + more + "}", "test").attention_head_dim;
    };
    EXPECT_EQ(heads(""), (std::vector<int>{8, 8, 8, 8}));
    EXPECT_EQ(heads(R"(, "attention_head_dim": null)"), (std::vector<int>{8, 8, 8, 8}));
    EXPECT_EQ(heads(R"(, "attention_head_dim": 4, "num_attention_heads": null)"), (std::vector<int>{4, 4, 4, 4}));
    EXPECT_EQ(heads(R"(, "attention_head_dim": 4, "num_attention_heads": [2, 4, 4, 4])"),
              (std::vector<int>{2, 4, 4, 4}));
    EXPECT_EQ(unet_error(R"("transformer_layers_per_block": [1, 1, 1, 1], "only_cross_attention": [false, false]
                         , "addition_embed_type": null)"),
              "none");
    EXPECT_THAT(unet_error(R"("transformer_layers_per_block": [1, 2])"), HasSubstr("transformer_layers_per_block"));
    EXPECT_THAT(unet_error(R"("layers_per_block": 2000000000)"), HasSubstr("2000000000 layers"));
    EXPECT_THAT(unet_error(R"("addition_embed_type": "text")"), HasSubstr("no such part"));
    EXPECT_THAT(unet_error(R"("class_embed_type": "timestep")"), HasSubstr("class_embed_type is \"timestep\""));
    EXPECT_EQ(parse_unet_config(R"({"block_out_channels": [32, 32, 32, 32], "class_embed_type": null,
                                    "projection_class_embeddings_input_dim": 5})",
                                "test")
                  .projection_class_embeddings_input_dim,
              0);
}

}  // namespace
}  // namespace maquette::recon::diffusion
