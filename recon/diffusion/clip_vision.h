#pragma once

#include <torch/types.h>

#include <string>
#include <vector>

#include "recon/diffusion/checkpoint_config.h"
#include "recon/refine/parameters.h"

namespace maquette::recon::diffusion {

/// CLIP's image encoder (Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", ICML
/// 2021) under the names of transformers' CLIPVisionModelWithProjection. Holds no parameters.
class ClipVisionModel {
public:
    /// Throws InputError where the numbers do not fit each other.
    explicit ClipVisionModel(ClipVisionConfig config);

    [[nodiscard]] const ClipVisionConfig& config() const { return config_; }
    [[nodiscard]] std::vector<ParameterShape> parameter_shapes() const;

    /// What the encoder takes: [N, 3, H, W] of -1..1 resampled to [N, 3, image_size, image_size] by bicubic
    /// interpolation between the corners' centres without smoothing, as Zero-1-to-3 was trained, and brought to CLIP's
    /// mean and deviation.
    [[nodiscard]] torch::Tensor pixels_of(const torch::Tensor& pictures) const;

    /// pixels: of pixels_of. Gives [N, projection_dim]. Throws UsageError on other shapes.
    [[nodiscard]] torch::Tensor embed(const Parameters& parameters, const torch::Tensor& pixels) const;

private:
    [[nodiscard]] torch::Tensor layer_norm(const Parameters& parameters, const std::string& name,
                                           const torch::Tensor& x) const;
    [[nodiscard]] torch::Tensor layer(const Parameters& parameters, const std::string& name,
                                      const torch::Tensor& x) const;

    ClipVisionConfig config_;
};

}  // namespace maquette::recon::diffusion
