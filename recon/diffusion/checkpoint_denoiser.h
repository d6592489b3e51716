#pragma once

#include <torch/types.h>

#include "recon/diffusion/denoiser.h"
#include "recon/diffusion/unet.h"

namespace maquette::recon::diffusion {

/// What a network of the Zero-1-to-3 kind (Liu et al., "Zero-1-to-3: Zero-shot One Image to 3D Object", ICCV 2023) is
/// shown of photo and target pose.
struct PhotoConditions {
    torch::Tensor tokens;  ///< [1, 1, cross_attention_dim] photo's embedding and pose, projected
    torch::Tensor latent;  ///< [1, latent channels, H, W] of the photo, without the autoencoder's scale
};

/// A UNet that is given the photo's latent beside the noisy one. There is no geometry to show; without the photo both
/// conditions are zeros, as in training.
class CheckpointDenoiser : public ConditionalDenoiser {
public:
    /// Parameters are shared, the rest is copied. The schedule says which step the network is told.
    CheckpointDenoiser(UNet2DConditionModel unet, Parameters parameters, NoiseSchedule schedule,
                       Parameterization parameterization, PhotoConditions conditions);

    [[nodiscard]] Parameterization parameterization() const override { return parameterization_; }
    /// x: [N, latent channels, H, W]
    [[nodiscard]] torch::Tensor predict(const torch::Tensor& x, const NoiseLevel& level,
                                        ShownConditions shown) const override;

private:
    UNet2DConditionModel unet_;
    Parameters parameters_;
    NoiseSchedule schedule_;
    Parameterization parameterization_;
    PhotoConditions conditions_;
};

}  // namespace maquette::recon::diffusion
