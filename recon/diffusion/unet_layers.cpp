#include "recon/diffusion/unet_layers.h"

#include <ATen/Functions.h>

#include <cmath>
#include <limits>
#include <utility>

namespace maquette::recon::diffusion {
namespace {

constexpr int feed_forward_factor = 4;
constexpr double transformer_norm_epsilon = 1e-6;
constexpr double layer_norm_epsilon = 1e-5;

torch::Tensor layer_norm(const Parameters& parameters, const std::string& name, const torch::Tensor& x) {
    return at::layer_norm(x, {x.size(-1)}, parameters.at(name + ".weight"), parameters.at(name + ".bias"),
                          layer_norm_epsilon);
}

torch::Tensor attend(const Parameters& parameters, const std::string& name, const torch::Tensor& x,
                     const torch::Tensor& context, int heads) {
    const auto mixed = attention(linear(parameters, name + ".to_q", x), linear(parameters, name + ".to_k", context),
                                 linear(parameters, name + ".to_v", context), heads);
    return linear(parameters, name + ".to_out.0", mixed);
}

/// Feed-forward layer with a gate (Shazeer, "GLU Variants Improve Transformer", 2020).
torch::Tensor feed_forward(const Parameters& parameters, const std::string& name, const torch::Tensor& x) {
    const auto halves = linear(parameters, name + ".net.0.proj", x).chunk(2, -1);
    return linear(parameters, name + ".net.2", halves[0] * at::gelu(halves[1]));
}

}  // namespace

void UNetLayerShapes::weight(const std::string& name, std::vector<std::int64_t> shape, double fan_in, Start start) {
    // initial_parameters draws within sqrt(6 / fan_in).
    const double drawn_fan_in = start == Start::zero ? std::numeric_limits<double>::infinity() : 6 * fan_in;
    shapes.push_back({name + ".weight", std::move(shape), drawn_fan_in});
}

void UNetLayerShapes::conv(const std::string& name, int in, int out, int kernel, Start start) {
    weight(name, {out, in, kernel, kernel}, static_cast<double>(in) * kernel * kernel, start);
    shapes.push_back({name + ".bias", {out}});
}

void UNetLayerShapes::linear(const std::string& name, int in, int out, bool bias, Start start) {
    weight(name, {out, in}, in, start);
    if (bias) shapes.push_back({name + ".bias", {out}});
}

void UNetLayerShapes::norm(const std::string& name, int channels) {
    shapes.push_back({name + ".weight", {channels}});
    shapes.push_back({name + ".bias", {channels}});
}

void UNetLayerShapes::resnet(const std::string& name, int in, int out, int time_width) {
    norm(name + ".norm1", in);
    conv(name + ".conv1", in, out, 3);
    linear(name + ".time_emb_proj", time_width, out);
    norm(name + ".norm2", out);
    conv(name + ".conv2", out, out, 3, Start::zero);
    if (in != out) conv(name + ".conv_shortcut", in, out, 1);
}

void UNetLayerShapes::transformer(const std::string& name, int channels, int context_width, bool linear_projection) {
    norm(name + ".norm", channels);
    if (linear_projection) {
        linear(name + ".proj_in", channels, channels);
        linear(name + ".proj_out", channels, channels, true, Start::zero);
    } else {
        conv(name + ".proj_in", channels, channels, 1);
        conv(name + ".proj_out", channels, channels, 1, Start::zero);
    }
    const std::string block = name + ".transformer_blocks.0";
    for (const auto& [attention_name, source_width] :
         {std::pair{block + ".attn1", channels}, std::pair{block + ".attn2", context_width}}) {
        linear(attention_name + ".to_q", channels, channels, false);
        linear(attention_name + ".to_k", source_width, channels, false);
        linear(attention_name + ".to_v", source_width, channels, false);
        linear(attention_name + ".to_out.0", channels, channels);
    }
    linear(block + ".ff.net.0.proj", channels, 2 * feed_forward_factor * channels);
    linear(block + ".ff.net.2", feed_forward_factor * channels, channels);
    for (const char* layer : {".norm1", ".norm2", ".norm3"}) norm(block + layer, channels);
}

torch::Tensor conv(const Parameters& parameters, const std::string& name, const torch::Tensor& x, int stride) {
    const auto& weight = parameters.at(name + ".weight");
    return at::conv2d(x, weight, parameters.at(name + ".bias"), stride, weight.size(2) / 2);
}

torch::Tensor linear(const Parameters& parameters, const std::string& name, const torch::Tensor& x) {
    const auto bias = parameters.find(name + ".bias");
    return at::linear(x, parameters.at(name + ".weight"), bias == parameters.end() ? torch::Tensor() : bias->second);
}

torch::Tensor group_norm(const Parameters& parameters, const std::string& name, const torch::Tensor& x, int groups,
                         double epsilon) {
    return at::group_norm(x, groups, parameters.at(name + ".weight"), parameters.at(name + ".bias"), epsilon);
}

torch::Tensor resnet(const Parameters& parameters, const std::string& name, const torch::Tensor& x,
                     const torch::Tensor& time, const UNetLayerSettings& settings) {
    const auto normal = [&](const std::string& layer, const torch::Tensor& input) {
        return at::silu(group_norm(parameters, name + layer, input, settings.groups, settings.epsilon));
    };
    auto h = conv(parameters, name + ".conv1", normal(".norm1", x));
    h = h + linear(parameters, name + ".time_emb_proj", at::silu(time)).unsqueeze(2).unsqueeze(3);
    h = conv(parameters, name + ".conv2", normal(".norm2", h));
    const bool widens = x.size(1) != h.size(1);
    return h + (widens ? conv(parameters, name + ".conv_shortcut", x) : x);
}

torch::Tensor transformer(const Parameters& parameters, const std::string& name, const torch::Tensor& x,
                          const torch::Tensor& context, int heads, const UNetLayerSettings& settings) {
    const auto n = x.size(0);
    const auto channels = x.size(1);
    const auto to_tokens = [&](const torch::Tensor& picture) { return picture.flatten(2).transpose(1, 2); };
    const auto to_picture = [&](const torch::Tensor& tokens) {
        return tokens.transpose(1, 2).reshape({n, channels, x.size(2), x.size(3)});
    };
    auto h = group_norm(parameters, name + ".norm", x, settings.groups, transformer_norm_epsilon);
    h = settings.linear_projection ? linear(parameters, name + ".proj_in", to_tokens(h))
                                   : to_tokens(conv(parameters, name + ".proj_in", h));
    const std::string block = name + ".transformer_blocks.0";
    const auto seen = layer_norm(parameters, block + ".norm1", h);
    h = h + attend(parameters, block + ".attn1", seen, seen, heads);
    h = h + attend(parameters, block + ".attn2", layer_norm(parameters, block + ".norm2", h), context, heads);
    h = h + feed_forward(parameters, block + ".ff", layer_norm(parameters, block + ".norm3", h));
    h = settings.linear_projection ? to_picture(linear(parameters, name + ".proj_out", h))
                                   : conv(parameters, name + ".proj_out", to_picture(h));
    return x + h;
}

torch::Tensor attention(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v, int heads) {
    const auto n = q.size(0);
    const auto width = q.size(2) / heads;
    const auto split = [&](const torch::Tensor& x) {
        return x.reshape({n, x.size(1), heads, width}).transpose(1, 2).reshape({n * heads, x.size(1), width});
    };
    const auto scores = at::bmm(split(q) * (1 / std::sqrt(static_cast<double>(width))), split(k).transpose(1, 2));
    const auto mixed = at::bmm(at::softmax(scores, -1), split(v));
    return mixed.reshape({n, heads, q.size(1), width}).transpose(1, 2).reshape({n, q.size(1), heads * width});
}

torch::Tensor timestep_embedding(const torch::Tensor& timesteps, int width) {
    const int half = width / 2;
    const auto frequencies = at::exp(at::arange(half, timesteps.options()) * (-std::log(10000.0) / half));
    const auto angles = timesteps.unsqueeze(1) * frequencies.unsqueeze(0);
    return at::cat({at::cos(angles), at::sin(angles)}, 1);
}

}  // namespace maquette::recon::diffusion
