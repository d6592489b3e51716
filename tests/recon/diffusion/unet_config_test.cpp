#include "recon/diffusion/unet_config.h"

#include <gmock/gmock.h>

#include "render/error.h"

namespace maquette::recon::diffusion {
namespace {

std::string error_of(const std::string& json) {
    try {
        parse_unet_config(json, "unet/config.json");
    } catch (const InputError& error) {
        return error.what();
    }
    return "none";
}

TEST(UNetConfig, GoesThroughJson) {
    UNetConfig config = stable_diffusion_1_config();
    config.in_channels = 8;
    config.block_out_channels = {16, 32};
    config.down_block_types = {"DownBlock2D", "CrossAttnDownBlock2D"};
    config.up_block_types = {"CrossAttnUpBlock2D", "UpBlock2D"};
    config.attention_head_dim = {2, 4};
    config.norm_num_groups = 8;
    config.use_linear_projection = true;
    config.projection_class_embeddings_input_dim = 16;
    const auto text = unet_config_json(config);
    EXPECT_EQ(unet_config_json(parse_unet_config(text, "test")), text);
    EXPECT_THAT(text, ::testing::HasSubstr("\"class_embed_type\":\"projection\""));
}

// What the model hub holds for Zero-1-to-3: one head count for all resolutions, keys that do not matter here.
TEST(UNetConfig, ReadsAPublishedFile) {
    const auto config = parse_unet_config(
        R"({"_class_name": "UNet2DConditionModel", "_diffusers_version": "0.18.0", "act_fn": "silu",
            "attention_head_dim": 8, "block_out_channels": [320, 640, 1280, 1280], "center_input_sample": false,
            "class_embed_type": null, "cross_attention_dim": 768,
            "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
            "downsample_padding": 1, "flip_sin_to_cos": true, "freq_shift": 0, "in_channels": 8, "layers_per_block": 2,
            "mid_block_scale_factor": 1, "mid_block_type": "UNetMidBlock2DCrossAttn", "norm_eps": 1e-05,
            "norm_num_groups": 32, "out_channels": 4, "sample_size": 32,
            "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"]})",
        "test");
    EXPECT_EQ(config.in_channels, 8);
    EXPECT_EQ(config.attention_head_dim, (std::vector<int>{8, 8, 8, 8}));
    EXPECT_FALSE(config.use_linear_projection);
}

TEST(UNetConfig, SaysWhatDoesNotFit) {
    using ::testing::HasSubstr;
    EXPECT_THAT(error_of("not json"), HasSubstr("unet/config.json: not the config.json"));
    EXPECT_THAT(error_of(R"({"block_out_channels": "wide"})"), HasSubstr("wrong type"));
    EXPECT_THAT(error_of(R"({"block_out_channels": [320, 640]})"), HasSubstr("2 widths, 4 down blocks"));
    EXPECT_THAT(error_of(R"({"block_out_channels": [320, 640, 1280, 1280], "act_fn": "mish"})"),
                HasSubstr("act_fn is \"mish\" but this program only has \"silu\""));
    EXPECT_THAT(error_of(R"({"block_out_channels": [64], "down_block_types": ["AttnDownBlock2D"],
                             "up_block_types": ["UpBlock2D"]})"),
                HasSubstr("AttnDownBlock2D"));
    EXPECT_THAT(error_of(R"({"block_out_channels": [48], "down_block_types": ["DownBlock2D"],
                             "up_block_types": ["UpBlock2D"]})"),
                HasSubstr("width 48 must be a multiple of 32 groups"));
    EXPECT_THAT(error_of(R"({"block_out_channels": [64], "down_block_types": ["DownBlock2D"],
                             "up_block_types": ["UpBlock2D"], "in_channels": 0})"),
                HasSubstr("must be above 0"));
}

}  // namespace
}  // namespace maquette::recon::diffusion
