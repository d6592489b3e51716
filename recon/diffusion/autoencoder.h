#pragma once

#include <torch/types.h>

#include <string>
#include <vector>

#include "recon/diffusion/checkpoint_config.h"
#include "recon/refine/parameters.h"

namespace maquette::recon::diffusion {

/// AutoencoderKL of diffusers (Rombach et al., "High-Resolution Image Synthesis with Latent Diffusion Models", CVPR
/// 2022): the same parameter names, shapes and arithmetic. Holds no parameters.
class AutoencoderKL {
public:
    /// Throws InputError where the numbers do not fit each other.
    explicit AutoencoderKL(AutoencoderConfig config);

    [[nodiscard]] const AutoencoderConfig& config() const { return config_; }
    /// Pixels a side that are one place of a latent: 8 with four widths.
    [[nodiscard]] int shrink() const;
    [[nodiscard]] std::vector<ParameterShape> parameter_shapes() const;

    /// pictures: [N, 3, H, W], -1..1, sides that are multiples of shrink(). Gives the likeliest latents [N,
    /// latent_channels, H / shrink, W / shrink], without the scaling factor. Throws UsageError on other shapes.
    [[nodiscard]] torch::Tensor encode(const Parameters& parameters, const torch::Tensor& pictures) const;

    /// latents: as encode gives them. Gives [N, 3, H, W], about -1..1. Throws UsageError on other shapes.
    [[nodiscard]] torch::Tensor decode(const Parameters& parameters, const torch::Tensor& latents) const;

private:
    [[nodiscard]] torch::Tensor resnet(const Parameters& parameters, const std::string& name,
                                       const torch::Tensor& x) const;
    [[nodiscard]] torch::Tensor self_attention(const Parameters& parameters, const std::string& name,
                                               const torch::Tensor& x) const;
    [[nodiscard]] torch::Tensor middle(const Parameters& parameters, const std::string& side,
                                       const torch::Tensor& x) const;
    [[nodiscard]] torch::Tensor last_layers(const Parameters& parameters, const std::string& side,
                                            const torch::Tensor& x) const;

    AutoencoderConfig config_;
};

}  // namespace maquette::recon::diffusion
