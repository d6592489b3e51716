#pragma once

#include <torch/types.h>

#include <filesystem>

#include "recon/diffusion/autoencoder.h"
#include "recon/diffusion/checkpoint_denoiser.h"
#include "recon/diffusion/checkpoint_weights.h"
#include "recon/diffusion/clip_vision.h"
#include "recon/diffusion/noise_schedule.h"
#include "recon/diffusion/unet.h"

namespace maquette::recon::diffusion {

/// Where the target is seen from, relative to the photo.
struct RelativePose {
    double azimuth = 0;    ///< degrees; positive: the camera moves to its right around the object
    double elevation = 0;  ///< degrees; positive: it moves up
    double distance = 0;   ///< of the camera, in the training data's units (an object is about 1 wide)
};

/// What the network is told of it: [1, 4] change of the polar angle from the upward axis (radians), sine and cosine of
/// the azimuth, change of distance (Liu et al. 2023).
torch::Tensor pose_numbers(const RelativePose& pose);

/// A novel-view checkpoint of the Zero-1-to-3 kind in diffusers' layout (folders unet, vae, image_encoder,
/// cc_projection or clip_camera_projection, scheduler). All is checked when it is opened, so that nothing is found
/// wrong after gigabytes were read; weights are read when they are asked for, so that those no longer needed can go.
class Checkpoint {
public:
    /// Throws InputError that names file and tensor and says what to do.
    explicit Checkpoint(const std::filesystem::path& folder);

    [[nodiscard]] const UNet2DConditionModel& unet() const { return unet_; }
    [[nodiscard]] const AutoencoderKL& autoencoder() const { return autoencoder_; }
    [[nodiscard]] const ClipVisionModel& image_encoder() const { return image_encoder_; }
    [[nodiscard]] const NoiseSchedule& schedule() const { return schedule_; }
    [[nodiscard]] const SchedulerConfig& scheduler_config() const { return scheduler_config_; }
    [[nodiscard]] int latent_size() const { return latent_size_; }                           ///< places a side
    [[nodiscard]] int picture_size() const { return latent_size_ * autoencoder_.shrink(); }  ///< pixels a side

    [[nodiscard]] const CheckpointWeights& unet_weights() const { return unet_weights_; }
    [[nodiscard]] const CheckpointWeights& autoencoder_weights() const { return autoencoder_weights_; }
    [[nodiscard]] const CheckpointWeights& image_encoder_weights() const { return image_encoder_weights_; }
    [[nodiscard]] const CheckpointWeights& projection_weights() const { return projection_weights_; }

    /// embedding: [1, projection_dim] of the image encoder. Gives tokens for PhotoConditions.
    [[nodiscard]] torch::Tensor tokens(const Parameters& projection, const torch::Tensor& embedding,
                                       const RelativePose& pose) const;

private:
    UNet2DConditionModel unet_;
    AutoencoderKL autoencoder_;
    ClipVisionModel image_encoder_;
    SchedulerConfig scheduler_config_;
    NoiseSchedule schedule_;
    int latent_size_;
    std::string projection_name_;
    CheckpointWeights unet_weights_;
    CheckpointWeights autoencoder_weights_;
    CheckpointWeights image_encoder_weights_;
    CheckpointWeights projection_weights_;
};

}  // namespace maquette::recon::diffusion
