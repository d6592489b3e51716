#include "recon/encoders/covariate_encoder.h"

#include <ATen/Functions.h>
#include <fmt/format.h>

#include <cmath>

namespace maquette::recon::encoders {
namespace {

constexpr double epsilon = 1e-5;
constexpr int patch = 8;
constexpr double longest_wave = 10000;  // Vaswani et al. 2017

void add_linear(std::vector<ParameterShape>& shapes, const std::string& name, int in, int out, double fan_in_factor) {
    shapes.push_back({name + ".weight", {out, in}, fan_in_factor * in});
    shapes.push_back({name + ".bias", {out}});
}

void add_norm(std::vector<ParameterShape>& shapes, const std::string& name, int width) {
    shapes.push_back({name + ".weight", {width}});
    shapes.push_back({name + ".bias", {width}});
}

torch::Tensor linear(const Parameters& p, const std::string& name, const torch::Tensor& x) {
    return at::linear(x, p.at(name + ".weight"), p.at(name + ".bias"));
}

torch::Tensor norm(const Parameters& p, const std::string& name, const torch::Tensor& x) {
    return at::layer_norm(x, {x.size(-1)}, p.at(name + ".weight"), p.at(name + ".bias"), epsilon);
}

/// [T, width].
torch::Tensor places(std::int64_t tokens, int width) {
    auto result = torch::empty({tokens, width}, torch::kFloat32);
    for (std::int64_t t = 0; t < tokens; ++t) {
        for (int c = 0; c < width; ++c) {
            const double angle = static_cast<double>(t) / std::pow(longest_wave, 2.0 * (c / 2) / width);
            result.data_ptr<float>()[t * width + c] =
                static_cast<float>(c % 2 == 0 ? std::sin(angle) : std::cos(angle));
        }
    }
    return result;
}

torch::Tensor self_attention(const Parameters& p, const std::string& name, const torch::Tensor& x, int heads) {
    const auto n = x.size(0);
    const auto t = x.size(1);
    const auto d = x.size(2) / heads;
    const auto parts = linear(p, name + ".in", x).view({n, t, 3, heads, d}).permute({2, 0, 3, 1, 4});
    const auto scores = at::matmul(parts[0], parts[1].transpose(-2, -1)) / std::sqrt(static_cast<double>(d));
    const auto mixed = at::matmul(at::softmax(scores, -1), parts[2]);
    return linear(p, name + ".out", mixed.transpose(1, 2).reshape({n, t, x.size(2)}));
}

std::string layer_name(int layer) {
    return fmt::format("tokens.layer{}", layer);
}

}  // namespace

CovariateRows unknown_covariates(std::int64_t rows, int covariates) {
    return {torch::zeros({rows, covariates}, torch::kFloat32), torch::zeros({rows, covariates}, torch::kFloat32)};
}

std::vector<ParameterShape> covariate_encoder_shapes(const CovariateEncoderConfig& config) {
    std::vector<ParameterShape> shapes;
    const int input = config.channels + 2 * config.covariates;
    // Behind a rectifier weights begin as He et al. say, elsewhere with a third of their variance.
    add_norm(shapes, "tokens.norm_in", input);
    add_linear(shapes, "tokens.first", input, config.width, 1);
    add_linear(shapes, "tokens.second", config.width, config.width, 1);
    add_norm(shapes, "tokens.norm", config.width);
    for (int layer = 0; layer < config.layers; ++layer) {
        const std::string name = layer_name(layer);
        add_linear(shapes, name + ".in", config.width, 3 * config.width, 3);
        add_linear(shapes, name + ".out", config.width, config.width, 3);
        add_norm(shapes, name + ".norm1", config.width);
        add_linear(shapes, name + ".wide", config.width, config.feedforward, 1);
        add_linear(shapes, name + ".narrow", config.feedforward, config.width, 3);
        add_norm(shapes, name + ".norm2", config.width);
    }
    add_norm(shapes, "tokens.norm_out", config.width);
    return shapes;
}

torch::Tensor covariate_features(const Parameters& p, const CovariateEncoderConfig& config, const torch::Tensor& tokens,
                                 const CovariateRows& covariates) {
    const auto count = tokens.size(1);
    const auto beside =
        at::cat({covariates.values * covariates.known, covariates.known}, 1).unsqueeze(1).expand({-1, count, -1});
    auto x = norm(p, "tokens.norm_in", at::cat({tokens, beside}, 2));
    x = at::relu(linear(p, "tokens.first", x));
    x = at::relu(linear(p, "tokens.second", x));
    x = norm(p, "tokens.norm", x) + places(count, config.width);
    for (int layer = 0; layer < config.layers; ++layer) {
        const std::string name = layer_name(layer);
        x = norm(p, name + ".norm1", x + self_attention(p, name, x, config.heads));
        x = norm(p, name + ".norm2", x + linear(p, name + ".narrow", at::relu(linear(p, name + ".wide", x))));
    }
    return norm(p, "tokens.norm_out", x).amax(1);
}

torch::Tensor picture_tokens(const torch::Tensor& pictures) {
    const auto halved = at::avg_pool2d(pictures, 2);
    const auto n = halved.size(0);
    const auto channels = halved.size(1);
    const auto side = halved.size(2) / patch;
    return halved.view({n, channels, side, patch, side, patch})
        .permute({0, 2, 4, 1, 3, 5})
        .reshape({n, side * side, channels * patch * patch});
}

}  // namespace maquette::recon::encoders
