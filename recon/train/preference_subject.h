#pragma once

#include <torch/types.h>

#include <span>
#include <string>
#include <vector>

#include "recon/diffusion/denoiser.h"
#include "recon/refine/parameters.h"

namespace maquette::recon {

/// A network that draws pictures, and pairs of pictures of which one is preferred: what preference training works on.
class PreferenceSubject {
public:
    /// Which pair's conditions a row of a batch has, and which of them are withheld.
    struct Row {
        int pair = 0;
        diffusion::NoiseLevel level;
        diffusion::ShownConditions shown;
    };

    virtual ~PreferenceSubject() = default;

    [[nodiscard]] virtual diffusion::Parameterization parameterization() const = 0;
    /// sigma / alpha that pictures are drawn from.
    [[nodiscard]] virtual double noisiest() const = 0;
    /// How much squared errors of the noise count at a level; the paper's loss: alike.
    [[nodiscard]] virtual double noise_error_weight(const diffusion::NoiseLevel& /*level*/) const { return 1; }
    [[nodiscard]] virtual std::vector<ParameterShape> parameter_shapes() const = 0;
    /// Weights before training: what it begins with, and the frozen reference.
    [[nodiscard]] virtual const Parameters& reference() const = 0;

    [[nodiscard]] virtual int pair_count() const = 0;
    /// Pairs of one group have so much in common that they are held out together.
    [[nodiscard]] virtual std::string group_of(int pair) const = 0;
    /// [2, C, S, S]: the preferred picture and the other, -1..1.
    [[nodiscard]] virtual torch::Tensor pictures(int pair) const = 0;

    /// The network's output [R, C, S, S] for noisy pictures x, row by row. Differentiable in the parameters.
    [[nodiscard]] virtual torch::Tensor predict(const Parameters& parameters, const torch::Tensor& x,
                                                std::span<const Row> rows) const = 0;
};

}  // namespace maquette::recon
