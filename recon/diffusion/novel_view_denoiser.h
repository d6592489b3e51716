#pragma once

#include <torch/types.h>

#include <map>
#include <string>

#include "recon/diffusion/denoiser.h"
#include "recon/diffusion/novel_view_model.h"
#include "recon/diffusion/novel_view_weights.h"

namespace maquette::recon::diffusion {

/// A trained network.
struct NovelViewWeights {
    NovelViewModel model;
    Parameters parameters;
    std::map<std::string, std::string> metadata;
    bool knows_geometry = true;
};

/// One set of conditions bound to the network: what samplers run on. The photo is encoded once.
class NovelViewDenoiser : public ConditionalDenoiser {
public:
    /// conditions: N rows, or one for latents of any number of rows. Parameters are shared, the model is borrowed.
    NovelViewDenoiser(const NovelViewModel& model, const Parameters& parameters, const NovelViewConditions& conditions);

    [[nodiscard]] Parameterization parameterization() const override { return Parameterization::velocity; }
    [[nodiscard]] torch::Tensor predict(const torch::Tensor& x, const NoiseLevel& level,
                                        ShownConditions which) const override;

private:
    const NovelViewModel* model_;
    Parameters parameters_;
    NovelViewConditions conditions_;
    torch::Tensor tokens_;
};

}  // namespace maquette::recon::diffusion
