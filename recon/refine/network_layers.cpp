#include "recon/refine/network_layers.h"

#include <ATen/Functions.h>

#include <utility>

namespace maquette::recon {
namespace {

constexpr std::int64_t groups = 8;
constexpr double epsilon = 1e-5;
constexpr double block_shrink = 0.3;

std::int64_t padding_of(const torch::Tensor& weight) {
    return weight.size(2) % 2 == 1 ? weight.size(2) / 2 : 0;
}

thread_local bool bfloat16_convolutions = false;

template <class Convolve>
torch::Tensor convolution(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias,
                          const Convolve& convolve) {
    if (!bfloat16_convolutions) return convolve(x, weight, bias);
    return convolve(x.to(torch::kBFloat16), weight.to(torch::kBFloat16), bias.to(torch::kBFloat16)).to(torch::kFloat32);
}

}  // namespace

void LayerShapes::conv(const std::string& name, int dimensions, int in, int out, int kernel, double shrink) {
    std::vector<std::int64_t> weight = {out, in};
    double fan_in = in;
    for (int i = 0; i < dimensions; ++i) {
        weight.push_back(kernel);
        fan_in *= kernel;
    }
    shapes.push_back({name + ".weight", std::move(weight), fan_in / (shrink * shrink)});
    shapes.push_back({name + ".bias", {out}});
}

void LayerShapes::norm(const std::string& name, int channels) {
    shapes.push_back({name + ".scale", {channels}});
    shapes.push_back({name + ".shift", {channels}});
}

void LayerShapes::block(const std::string& name, int dimensions, int channels) {
    norm(name + ".norm1", channels);
    conv(name + ".conv1", dimensions, channels, channels, 3);
    norm(name + ".norm2", channels);
    conv(name + ".conv2", dimensions, channels, channels, 3, block_shrink);
}

torch::Tensor activate(const Parameters& parameters, const std::string& name, const torch::Tensor& x) {
    const auto normal =
        at::group_norm(x, groups, parameters.at(name + ".scale") + 1, parameters.at(name + ".shift"), epsilon);
    return at::leaky_relu(normal, activation_slope);
}

bool knows_bfloat16() {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx512bf16") != 0;
#else
    return false;
#endif
}

Bfloat16Convolutions::Bfloat16Convolutions(bool on) : before_(bfloat16_convolutions) {
    bfloat16_convolutions = on && knows_bfloat16();
}

Bfloat16Convolutions::~Bfloat16Convolutions() {
    bfloat16_convolutions = before_;
}

torch::Tensor conv2d(const Parameters& parameters, const std::string& name, const torch::Tensor& x, int stride) {
    const auto& weight = parameters.at(name + ".weight");
    return convolution(x, weight, parameters.at(name + ".bias"),
                       [&](const torch::Tensor& in, const torch::Tensor& w, const torch::Tensor& b) {
                           return at::conv2d(in, w, b, stride, padding_of(weight));
                       });
}

torch::Tensor conv3d(const Parameters& parameters, const std::string& name, const torch::Tensor& x, int stride) {
    const auto& weight = parameters.at(name + ".weight");
    return convolution(x, weight, parameters.at(name + ".bias"),
                       [&](const torch::Tensor& in, const torch::Tensor& w, const torch::Tensor& b) {
                           return at::conv3d(in, w, b, stride, padding_of(weight));
                       });
}

torch::Tensor block2d(const Parameters& parameters, const std::string& name, const torch::Tensor& x) {
    const auto h = conv2d(parameters, name + ".conv1", activate(parameters, name + ".norm1", x));
    return x + conv2d(parameters, name + ".conv2", activate(parameters, name + ".norm2", h));
}

torch::Tensor block3d(const Parameters& parameters, const std::string& name, const torch::Tensor& x) {
    const auto h = conv3d(parameters, name + ".conv1", activate(parameters, name + ".norm1", x));
    return x + conv3d(parameters, name + ".conv2", activate(parameters, name + ".norm2", h));
}

torch::Tensor double_size_2d(const torch::Tensor& x) {
    return at::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)});
}

torch::Tensor double_size_3d(const torch::Tensor& x) {
    return at::upsample_nearest3d(x, {2 * x.size(2), 2 * x.size(3), 2 * x.size(4)});
}

}  // namespace maquette::recon
