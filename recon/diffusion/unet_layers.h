#pragma once

#include <torch/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "recon/refine/parameters.h"

namespace maquette::recon::diffusion {

/// Names and shapes of layers under diffusers' names.
class UNetLayerShapes {
public:
    enum class Start {
        usual,  ///< uniform within 1 / sqrt(fan_in)
        zero,   ///< a branch that begins as nothing, so that its block begins as the identity
    };

    void conv(const std::string& name, int in, int out, int kernel, Start start = Start::usual);
    void linear(const std::string& name, int in, int out, bool bias = true, Start start = Start::usual);
    void norm(const std::string& name, int channels);
    /// ResnetBlock2D; time_width: of the time embedding.
    void resnet(const std::string& name, int in, int out, int time_width);
    /// Transformer2DModel of one BasicTransformerBlock.
    void transformer(const std::string& name, int channels, int context_width, bool linear_projection);

    std::vector<ParameterShape> shapes;

private:
    void weight(const std::string& name, std::vector<std::int64_t> shape, double fan_in, Start start);
};

/// What the layers of one network share.
struct UNetLayerSettings {
    int groups = 32;
    double epsilon = 1e-5;
    bool linear_projection = false;
};

/// Convolution padded so that stride 1 keeps the size. x: [N, C, H, W].
torch::Tensor conv(const Parameters& parameters, const std::string& name, const torch::Tensor& x, int stride = 1);

/// x: [..., in]; without a bias where the parameters hold none.
torch::Tensor linear(const Parameters& parameters, const std::string& name, const torch::Tensor& x);

torch::Tensor group_norm(const Parameters& parameters, const std::string& name, const torch::Tensor& x, int groups,
                         double epsilon);

/// Residual block. x: [N, in, H, W]; time: [N, time width].
torch::Tensor resnet(const Parameters& parameters, const std::string& name, const torch::Tensor& x,
                     const torch::Tensor& time, const UNetLayerSettings& settings);

/// Self-attention over the places of x, attention to the context, gated feed-forward layer, each beside the identity.
/// x: [N, C, H, W]; context: [N, tokens, context width].
torch::Tensor transformer(const Parameters& parameters, const std::string& name, const torch::Tensor& x,
                          const torch::Tensor& context, int heads, const UNetLayerSettings& settings);

/// softmax(q k' / sqrt(d)) v by heads (Vaswani et al. 2017). q: [N, T, C]; k, v: [N, S, C]. Gives [N, T, C].
torch::Tensor attention(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v, int heads);

/// Cosines, then sines of the timesteps at `width` / 2 frequencies from 1 down to 1/10000 (its first positions
/// excluded). timesteps: [N]. Gives [N, width].
torch::Tensor timestep_embedding(const torch::Tensor& timesteps, int width);

}  // namespace maquette::recon::diffusion
