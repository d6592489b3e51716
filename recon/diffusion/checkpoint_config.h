#pragma once

#include <string>
#include <vector>

#include "recon/diffusion/affine_step.h"

namespace maquette::recon::diffusion {

/// Size of an autoencoder, by the names of diffusers' config.json (AutoencoderKL). The numbers are Stable Diffusion
/// 1.x's.
struct AutoencoderConfig {
    int in_channels = 3;
    int out_channels = 3;
    int latent_channels = 4;
    std::vector<int> block_out_channels = {128, 256, 512, 512};  ///< finest first, multiples of norm_num_groups
    int layers_per_block = 2;
    int norm_num_groups = 32;
    double scaling_factor = 0.18215;  ///< what brings latents to a variance of about 1
};

/// Size of CLIP's image encoder, by the names of transformers' config.json (CLIPVisionModelWithProjection). The numbers
/// are those of its defaults.
struct ClipVisionConfig {
    int hidden_size = 768;
    int intermediate_size = 3072;
    int num_hidden_layers = 12;
    int num_attention_heads = 12;
    int image_size = 224;  ///< pixels a side
    int patch_size = 32;   ///< pixels a side
    int projection_dim = 512;
    std::string hidden_act = "quick_gelu";  ///< or gelu
    double layer_norm_eps = 1e-5;
};

/// ViT-L/14, which Zero-1-to-3 sees its photo with.
ClipVisionConfig clip_vit_l14_config();

/// What the network was trained to say of which noise (scheduler_config.json).
struct SchedulerConfig {
    double beta_start = 0.00085;
    double beta_end = 0.012;
    int num_train_timesteps = 1000;
    Parameterization prediction = Parameterization::epsilon;
};

/// From the text of a file; keys that do not change what is computed are passed over. All throw InputError, naming
/// `what`, where it is no such file, where numbers do not fit each other, or where it asks for something that this
/// program does not have.
AutoencoderConfig parse_autoencoder_config(const std::string& json, const std::string& what);
ClipVisionConfig parse_clip_vision_config(const std::string& json, const std::string& what);
SchedulerConfig parse_scheduler_config(const std::string& json, const std::string& what);

/// Side of the latents that a UNet was trained on ("sample_size" of its config.json).
int parse_sample_size(const std::string& unet_json, const std::string& what);

/// Throw InputError, naming `what`, where the numbers do not fit each other.
void check_autoencoder_config(const AutoencoderConfig& config, const std::string& what);
void check_clip_vision_config(const ClipVisionConfig& config, const std::string& what);

}  // namespace maquette::recon::diffusion
