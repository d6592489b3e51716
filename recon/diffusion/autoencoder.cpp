#include "recon/diffusion/autoencoder.h"

#include <ATen/Functions.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "recon/diffusion/unet_layers.h"
#include "render/error.h"

namespace maquette::recon::diffusion {
namespace {

constexpr double norm_epsilon = 1e-6;  // the UNet's is 1e-5

void add_resnet(UNetLayerShapes& layers, const std::string& name, int in, int out) {
    layers.norm(name + ".norm1", in);
    layers.conv(name + ".conv1", in, out, 3);
    layers.norm(name + ".norm2", out);
    layers.conv(name + ".conv2", out, out, 3);
    if (in != out) layers.conv(name + ".conv_shortcut", in, out, 1);
}

void add_middle(UNetLayerShapes& layers, const std::string& side, int width) {
    const std::string block = side + ".mid_block";
    add_resnet(layers, block + ".resnets.0", width, width);
    layers.norm(block + ".attentions.0.group_norm", width);
    for (const char* layer : {"to_q", "to_k", "to_v", "to_out.0"}) {
        layers.linear(fmt::format("{}.attentions.0.{}", block, layer), width, width);
    }
    add_resnet(layers, block + ".resnets.1", width, width);
}

}  // namespace

AutoencoderKL::AutoencoderKL(AutoencoderConfig config) : config_(std::move(config)) {
    check_autoencoder_config(config_, "autoencoder");
}

int AutoencoderKL::shrink() const {
    return 1 << (config_.block_out_channels.size() - 1);
}

std::vector<ParameterShape> AutoencoderKL::parameter_shapes() const {
    UNetLayerShapes layers;
    const auto& widths = config_.block_out_channels;
    const int latent = config_.latent_channels;
    const std::size_t levels = widths.size();

    layers.conv("encoder.conv_in", config_.in_channels, widths.front(), 3);
    int channels = widths.front();
    for (std::size_t i = 0; i < levels; ++i) {
        const std::string block = fmt::format("encoder.down_blocks.{}", i);
        for (int j = 0; j < config_.layers_per_block; ++j) {
            add_resnet(layers, fmt::format("{}.resnets.{}", block, j), channels, widths[i]);
            channels = widths[i];
        }
        if (i + 1 < levels) layers.conv(block + ".downsamplers.0.conv", channels, channels, 3);
    }
    add_middle(layers, "encoder", channels);
    layers.norm("encoder.conv_norm_out", channels);
    layers.conv("encoder.conv_out", channels, 2 * latent, 3);
    layers.conv("quant_conv", 2 * latent, 2 * latent, 1);

    layers.conv("post_quant_conv", latent, latent, 1);
    layers.conv("decoder.conv_in", latent, channels, 3);
    add_middle(layers, "decoder", channels);
    for (std::size_t i = 0; i < levels; ++i) {
        const std::string block = fmt::format("decoder.up_blocks.{}", i);
        const int width = widths[levels - 1 - i];
        for (int j = 0; j <= config_.layers_per_block; ++j) {
            add_resnet(layers, fmt::format("{}.resnets.{}", block, j), channels, width);
            channels = width;
        }
        if (i + 1 < levels) layers.conv(block + ".upsamplers.0.conv", channels, channels, 3);
    }
    layers.norm("decoder.conv_norm_out", channels);
    layers.conv("decoder.conv_out", channels, config_.out_channels, 3);
    return std::move(layers.shapes);
}

torch::Tensor AutoencoderKL::resnet(const Parameters& parameters, const std::string& name,
                                    const torch::Tensor& x) const {
    auto h = x;
    for (const char* layer : {"1", "2"}) {
        h = at::silu(
            group_norm(parameters, fmt::format("{}.norm{}", name, layer), h, config_.norm_num_groups, norm_epsilon));
        h = conv(parameters, fmt::format("{}.conv{}", name, layer), h);
    }
    return h + (x.size(1) == h.size(1) ? x : conv(parameters, name + ".conv_shortcut", x));
}

torch::Tensor AutoencoderKL::self_attention(const Parameters& parameters, const std::string& name,
                                            const torch::Tensor& x) const {
    const auto tokens = group_norm(parameters, name + ".group_norm", x, config_.norm_num_groups, norm_epsilon)
                            .flatten(2)
                            .transpose(1, 2);
    const auto mixed = attention(linear(parameters, name + ".to_q", tokens), linear(parameters, name + ".to_k", tokens),
                                 linear(parameters, name + ".to_v", tokens), 1);
    return x + linear(parameters, name + ".to_out.0", mixed).transpose(1, 2).reshape(x.sizes());
}

torch::Tensor AutoencoderKL::middle(const Parameters& parameters, const std::string& side,
                                    const torch::Tensor& x) const {
    const std::string block = side + ".mid_block";
    const auto h = self_attention(parameters, block + ".attentions.0", resnet(parameters, block + ".resnets.0", x));
    return resnet(parameters, block + ".resnets.1", h);
}

torch::Tensor AutoencoderKL::last_layers(const Parameters& parameters, const std::string& side,
                                         const torch::Tensor& x) const {
    const auto h = group_norm(parameters, side + ".conv_norm_out", x, config_.norm_num_groups, norm_epsilon);
    return conv(parameters, side + ".conv_out", at::silu(h));
}

torch::Tensor AutoencoderKL::encode(const Parameters& parameters, const torch::Tensor& pictures) const {
    if (pictures.dim() != 4 || pictures.size(1) != config_.in_channels || pictures.size(2) % shrink() != 0 ||
        pictures.size(3) % shrink() != 0) {
        throw UsageError(
            fmt::format("autoencoder: pictures are [{}] but [N, {}, H, W] with sides that are multiples of "
                        "{} is expected",
                        fmt::join(pictures.sizes(), ", "), config_.in_channels, shrink()));
    }
    auto h = conv(parameters, "encoder.conv_in", pictures);
    const std::size_t levels = config_.block_out_channels.size();
    for (std::size_t i = 0; i < levels; ++i) {
        const std::string block = fmt::format("encoder.down_blocks.{}", i);
        for (int j = 0; j < config_.layers_per_block; ++j) {
            h = resnet(parameters, fmt::format("{}.resnets.{}", block, j), h);
        }
        if (i + 1 < levels) {
            const std::string layer = block + ".downsamplers.0.conv";
            // Padded on the right and below alone, as this network was trained.
            h = at::conv2d(at::constant_pad_nd(h, {0, 1, 0, 1}), parameters.at(layer + ".weight"),
                           parameters.at(layer + ".bias"), 2);
        }
    }
    h = last_layers(parameters, "encoder", middle(parameters, "encoder", h));
    // Mean and log-variance of a Gaussian; the mean is the likeliest.
    return conv(parameters, "quant_conv", h).narrow(1, 0, config_.latent_channels);
}

torch::Tensor AutoencoderKL::decode(const Parameters& parameters, const torch::Tensor& latents) const {
    if (latents.dim() != 4 || latents.size(1) != config_.latent_channels) {
        throw UsageError(fmt::format("autoencoder: latents are [{}] but [N, {}, H, W] is expected",
                                     fmt::join(latents.sizes(), ", "), config_.latent_channels));
    }
    auto h = conv(parameters, "decoder.conv_in", conv(parameters, "post_quant_conv", latents));
    h = middle(parameters, "decoder", h);
    const std::size_t levels = config_.block_out_channels.size();
    for (std::size_t i = 0; i < levels; ++i) {
        const std::string block = fmt::format("decoder.up_blocks.{}", i);
        for (int j = 0; j <= config_.layers_per_block; ++j) {
            h = resnet(parameters, fmt::format("{}.resnets.{}", block, j), h);
        }
        if (i + 1 < levels) {
            h = conv(parameters, block + ".upsamplers.0.conv",
                     at::upsample_nearest2d(h, {2 * h.size(2), 2 * h.size(3)}));
        }
    }
    return last_layers(parameters, "decoder", h);
}

}  // namespace maquette::recon::diffusion
