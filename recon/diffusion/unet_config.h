#pragma once

#include <string>
#include <vector>

namespace maquette::recon::diffusion {

/// Size of a UNet, by the names of diffusers' config.json (huggingface.co/docs/diffusers, UNet2DConditionModel).
struct UNetConfig {
    int in_channels = 4;
    int out_channels = 4;
    std::vector<int> block_out_channels = {320, 640, 1280, 1280};  ///< multiples of norm_num_groups
    /// DownBlock2D or CrossAttnDownBlock2D, one a resolution, finest first.
    std::vector<std::string> down_block_types = {"CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D",
                                                 "DownBlock2D"};
    /// UpBlock2D or CrossAttnUpBlock2D, coarsest first.
    std::vector<std::string> up_block_types = {"UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D",
                                               "CrossAttnUpBlock2D"};
    int layers_per_block = 2;
    int cross_attention_dim = 768;  ///< width of a context token
    /// Heads, one number a resolution: what diffusers calls so for historical reasons.
    std::vector<int> attention_head_dim = {8, 8, 8, 8};
    int norm_num_groups = 32;
    double norm_eps = 1e-5;
    bool use_linear_projection = false;  ///< dense layers around the attention in place of 1x1 convolutions
    /// Width of a vector that is added to the time embedding (class_embed_type "projection"); 0: none.
    int projection_class_embeddings_input_dim = 0;
};

/// Stable Diffusion 1.x; Zero-1-to-3 is the same with 8 input channels.
UNetConfig stable_diffusion_1_config();

/// From the text of a config.json; what it leaves out is as in Stable Diffusion 1.x, keys that do not change the layout
/// (_class_name, sample_size ...) are passed over. Throws InputError, naming `what`, where it is no such file, or asks
/// for something that this class does not have (other block types, activations, norms).
UNetConfig parse_unet_config(const std::string& json, const std::string& what);

/// A config.json that diffusers reads, too.
std::string unet_config_json(const UNetConfig& config);

/// Throws InputError, naming `what`, where the numbers do not fit each other.
void check_unet_config(const UNetConfig& config, const std::string& what);

}  // namespace maquette::recon::diffusion
