#include "recon/diffusion/checkpoint.h"

#include <ATen/Functions.h>
#include <fmt/format.h>

#include <cmath>
#include <numbers>
#include <string>

#include "recon/diffusion/unet_layers.h"
#include "render/error.h"

namespace maquette::recon::diffusion {
namespace {

namespace fs = std::filesystem;

constexpr int pose_width = 4;

const fs::path& checked(const fs::path& folder) {
    check_checkpoint_folder(folder);
    return folder;
}

/// The parsed config.json of a part.
template <typename Parse>
auto config_of(const fs::path& folder, Parse parse, const char* file = "config.json") {
    const fs::path path = folder / file;
    return parse(read_checkpoint_text(path), path.string());
}

/// Two programs export these checkpoints, each with its own name for the layer that adds the pose.
fs::path projection_folder(const fs::path& folder) {
    const fs::path other = folder / "clip_camera_projection";
    return fs::is_directory(other) ? other : folder / "cc_projection";
}

std::string projection_name(const CheckpointPart& part) {
    return part.contains("proj.weight") ? "proj" : "projection";
}

CheckpointWeights projection_weights_of(const fs::path& folder, int in, int out) {
    CheckpointPart part(projection_folder(folder));
    UNetLayerShapes layers;
    layers.linear(projection_name(part), in, out);
    return {std::move(part), std::move(layers.shapes)};
}

}  // namespace

torch::Tensor pose_numbers(const RelativePose& pose) {
    const double turn = pose.azimuth * std::numbers::pi / 180;
    const double rise = pose.elevation * std::numbers::pi / 180;
    return at::tensor({static_cast<float>(-rise), static_cast<float>(std::sin(turn)),
                       static_cast<float>(std::cos(turn)), static_cast<float>(pose.distance)})
        .unsqueeze(0);
}

Checkpoint::Checkpoint(const fs::path& folder)
    : unet_(config_of(checked(folder) / "unet", parse_unet_config)),
      autoencoder_(config_of(folder / "vae", parse_autoencoder_config)),
      image_encoder_(config_of(folder / "image_encoder", parse_clip_vision_config)),
      scheduler_config_(config_of(folder / "scheduler", parse_scheduler_config, "scheduler_config.json")),
      schedule_(NoiseSchedule::scaled_linear(scheduler_config_.beta_start, scheduler_config_.beta_end,
                                             scheduler_config_.num_train_timesteps)),
      latent_size_(config_of(folder / "unet", parse_sample_size)),
      projection_name_(projection_name(CheckpointPart(projection_folder(folder)))),
      unet_weights_(CheckpointPart(folder / "unet"), unet_.parameter_shapes()),
      autoencoder_weights_(CheckpointPart(folder / "vae"), autoencoder_.parameter_shapes()),
      image_encoder_weights_(CheckpointPart(folder / "image_encoder"), image_encoder_.parameter_shapes()),
      projection_weights_(projection_weights_of(folder, image_encoder_.config().projection_dim + pose_width,
                                                unet_.config().cross_attention_dim)) {
    const UNetConfig& unet = unet_.config();
    const int latent = autoencoder_.config().latent_channels;
    if (unet.in_channels != 2 * latent || unet.out_channels != latent ||
        unet.projection_class_embeddings_input_dim != 0) {
        throw InputError(
            fmt::format("{}: the UNet has {} input and {} output channels, but a novel-view network with {} latent "
                        "channels has {} and {}; use a checkpoint of the Zero-1-to-3 kind, not a text-to-image one",
                        (folder / "unet" / "config.json").string(), unet.in_channels, unet.out_channels, latent,
                        2 * latent, latent));
    }
    const int multiple = 1 << (unet.block_out_channels.size() - 1);
    if (latent_size_ % multiple != 0) {
        throw InputError(fmt::format("{}: sample_size {} is no multiple of {}, which {} resolutions need",
                                     (folder / "unet" / "config.json").string(), latent_size_, multiple,
                                     unet.block_out_channels.size()));
    }
}

torch::Tensor Checkpoint::tokens(const Parameters& projection, const torch::Tensor& embedding,
                                 const RelativePose& pose) const {
    const auto both = at::cat({embedding, pose_numbers(pose).to(embedding.options())}, 1);
    return linear(projection, projection_name_, both).unsqueeze(1);
}

}  // namespace maquette::recon::diffusion
