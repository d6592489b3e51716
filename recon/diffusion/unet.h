#pragma once

#include <torch/types.h>

#include <vector>

#include "recon/diffusion/unet_config.h"
#include "recon/diffusion/unet_layers.h"
#include "recon/refine/parameters.h"

namespace maquette::recon::diffusion {

/// UNet2DConditionModel of diffusers (Rombach et al., "High-Resolution Image Synthesis with Latent Diffusion Models",
/// CVPR 2022): the same parameter names, shapes and arithmetic, so that weights in that layout load as they are.
/// Holds no parameters.
class UNet2DConditionModel {
public:
    /// Throws InputError where the numbers do not fit each other.
    explicit UNet2DConditionModel(UNetConfig config);

    [[nodiscard]] const UNetConfig& config() const { return config_; }

    /// Names and shapes, nothing allocated.
    [[nodiscard]] std::vector<ParameterShape> parameter_shapes() const;

    /// sample: [N, in_channels, H, W], H and W multiples of 2^(levels - 1); timesteps: [N] of the sample's type,
    /// 0..1000; context: [N, tokens, cross_attention_dim]; vector: [N, projection_class_embeddings_input_dim], or
    /// undefined where the config has none. Gives [N, out_channels, H, W]. Throws UsageError on other shapes.
    [[nodiscard]] torch::Tensor forward(const Parameters& parameters, const torch::Tensor& sample,
                                        const torch::Tensor& timesteps, const torch::Tensor& context,
                                        const torch::Tensor& vector = {}) const;

private:
    [[nodiscard]] torch::Tensor time_embedding(const Parameters& parameters, const torch::Tensor& timesteps,
                                               const torch::Tensor& vector) const;
    void check_inputs(const torch::Tensor& sample, const torch::Tensor& timesteps, const torch::Tensor& context,
                      const torch::Tensor& vector) const;

    UNetConfig config_;
    UNetLayerSettings settings_;
};

}  // namespace maquette::recon::diffusion
