#include "recon/diffusion/unet.h"

#include <ATen/Functions.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <utility>

#include "render/error.h"

namespace maquette::recon::diffusion {
namespace {

constexpr int time_width_factor = 4;

bool attends(const std::string& block_type) {
    return block_type.starts_with("CrossAttn");
}

std::string part(const std::string& block, const char* kind, int index) {
    return fmt::format("{}.{}.{}", block, kind, index);
}

/// One resolution on the way up, whose blocks also see what the way down kept.
struct UpBlock {
    std::string name;
    int level = 0;  ///< index into block_out_channels
    int channels = 0;
    int coming_from = 0;  ///< channels of the block before
    int last_skip = 0;    ///< channels kept by the finer resolution
    bool attends = false;
    bool doubles = false;

    /// Channels of what is kept for a block.
    [[nodiscard]] int skip(int j, int blocks) const { return j + 1 == blocks ? last_skip : channels; }
    [[nodiscard]] int in(int j) const { return j == 0 ? coming_from : channels; }
};

std::vector<UpBlock> up_blocks(const UNetConfig& config) {
    const int levels = static_cast<int>(config.block_out_channels.size());
    std::vector<UpBlock> blocks;
    for (int i = 0; i < levels; ++i) {
        const auto width = [&](int level) { return config.block_out_channels[static_cast<std::size_t>(level)]; };
        const int level = levels - 1 - i;
        blocks.push_back({.name = fmt::format("up_blocks.{}", i),
                          .level = level,
                          .channels = width(level),
                          .coming_from = width(std::min(level + 1, levels - 1)),
                          .last_skip = width(std::max(level - 1, 0)),
                          .attends = attends(config.up_block_types[static_cast<std::size_t>(i)]),
                          .doubles = i + 1 < levels});
    }
    return blocks;
}

}  // namespace

UNet2DConditionModel::UNet2DConditionModel(UNetConfig config) : config_(std::move(config)) {
    check_unet_config(config_, "UNet");
    settings_ = {config_.norm_num_groups, config_.norm_eps, config_.use_linear_projection};
}

std::vector<ParameterShape> UNet2DConditionModel::parameter_shapes() const {
    UNetLayerShapes layers;
    const auto& widths = config_.block_out_channels;
    const int time_width = time_width_factor * widths.front();
    const auto transformer = [&](const std::string& name, int channels) {
        layers.transformer(name, channels, config_.cross_attention_dim, config_.use_linear_projection);
    };
    layers.conv("conv_in", config_.in_channels, widths.front(), 3);
    layers.linear("time_embedding.linear_1", widths.front(), time_width);
    layers.linear("time_embedding.linear_2", time_width, time_width);
    if (config_.projection_class_embeddings_input_dim > 0) {
        layers.linear("class_embedding.linear_1", config_.projection_class_embeddings_input_dim, time_width);
        layers.linear("class_embedding.linear_2", time_width, time_width);
    }
    int channels = widths.front();
    for (std::size_t i = 0; i < widths.size(); ++i) {
        const std::string block = fmt::format("down_blocks.{}", i);
        for (int j = 0; j < config_.layers_per_block; ++j) {
            layers.resnet(part(block, "resnets", j), channels, widths[i], time_width);
            channels = widths[i];
            if (attends(config_.down_block_types[i])) transformer(part(block, "attentions", j), channels);
        }
        if (i + 1 < widths.size()) layers.conv(block + ".downsamplers.0.conv", channels, channels, 3);
    }
    layers.resnet("mid_block.resnets.0", channels, channels, time_width);
    transformer("mid_block.attentions.0", channels);
    layers.resnet("mid_block.resnets.1", channels, channels, time_width);
    for (const auto& block : up_blocks(config_)) {
        const int blocks = config_.layers_per_block + 1;
        for (int j = 0; j < blocks; ++j) {
            layers.resnet(part(block.name, "resnets", j), block.in(j) + block.skip(j, blocks), block.channels,
                          time_width);
            if (block.attends) transformer(part(block.name, "attentions", j), block.channels);
        }
        if (block.doubles) layers.conv(block.name + ".upsamplers.0.conv", block.channels, block.channels, 3);
    }
    layers.norm("conv_norm_out", widths.front());
    layers.conv("conv_out", widths.front(), config_.out_channels, 3, UNetLayerShapes::Start::zero);
    return std::move(layers.shapes);
}

torch::Tensor UNet2DConditionModel::time_embedding(const Parameters& parameters, const torch::Tensor& timesteps,
                                                   const torch::Tensor& vector) const {
    const auto two_layers = [&](const std::string& name, const torch::Tensor& x) {
        return linear(parameters, name + ".linear_2", at::silu(linear(parameters, name + ".linear_1", x)));
    };
    auto embedding = two_layers("time_embedding", timestep_embedding(timesteps, config_.block_out_channels.front()));
    if (vector.defined()) embedding = embedding + two_layers("class_embedding", vector);
    return embedding;
}

void UNet2DConditionModel::check_inputs(const torch::Tensor& sample, const torch::Tensor& timesteps,
                                        const torch::Tensor& context, const torch::Tensor& vector) const {
    const std::int64_t multiple = std::int64_t{1} << (config_.block_out_channels.size() - 1);
    if (sample.dim() != 4 || sample.size(1) != config_.in_channels || sample.size(2) % multiple != 0 ||
        sample.size(3) % multiple != 0) {
        throw UsageError(
            fmt::format("UNet: sample is [{}] but [N, {}, H, W] with sides that are multiples of {} is "
                        "expected",
                        fmt::join(sample.sizes(), ", "), config_.in_channels, multiple));
    }
    const auto n = sample.size(0);
    if (timesteps.dim() != 1 || timesteps.size(0) != n) {
        throw UsageError(
            fmt::format("UNet: timesteps are [{}] but [{}] is expected", fmt::join(timesteps.sizes(), ", "), n));
    }
    if (context.dim() != 3 || context.size(0) != n || context.size(2) != config_.cross_attention_dim) {
        throw UsageError(fmt::format("UNet: context is [{}] but [{}, tokens, {}] is expected",
                                     fmt::join(context.sizes(), ", "), n, config_.cross_attention_dim));
    }
    const int width = config_.projection_class_embeddings_input_dim;
    if (vector.defined() != (width > 0) || (width > 0 && (vector.size(0) != n || vector.size(-1) != width))) {
        throw UsageError(fmt::format("UNet: {} but {} is expected", vector.defined() ? "a vector" : "no vector",
                                     width > 0 ? fmt::format("one of [{}, {}]", n, width) : "none"));
    }
}

torch::Tensor UNet2DConditionModel::forward(const Parameters& parameters, const torch::Tensor& sample,
                                            const torch::Tensor& timesteps, const torch::Tensor& context,
                                            const torch::Tensor& vector) const {
    check_inputs(sample, timesteps, context, vector);
    const auto time = time_embedding(parameters, timesteps, vector);
    const auto resnet_at = [&](const std::string& name, const torch::Tensor& x) {
        return resnet(parameters, name, x, time, settings_);
    };
    const auto transformer_at = [&](const std::string& name, const torch::Tensor& x, std::size_t level) {
        return transformer(parameters, name, x, context, config_.attention_head_dim[level], settings_);
    };
    auto x = conv(parameters, "conv_in", sample);
    std::vector<torch::Tensor> kept = {x};
    const std::size_t levels = config_.block_out_channels.size();
    for (std::size_t i = 0; i < levels; ++i) {
        const std::string block = fmt::format("down_blocks.{}", i);
        for (int j = 0; j < config_.layers_per_block; ++j) {
            x = resnet_at(part(block, "resnets", j), x);
            if (attends(config_.down_block_types[i])) x = transformer_at(part(block, "attentions", j), x, i);
            kept.push_back(x);
        }
        if (i + 1 < levels) {
            x = conv(parameters, block + ".downsamplers.0.conv", x, 2);
            kept.push_back(x);
        }
    }
    x = resnet_at("mid_block.resnets.0", x);
    x = transformer_at("mid_block.attentions.0", x, levels - 1);
    x = resnet_at("mid_block.resnets.1", x);
    for (const auto& block : up_blocks(config_)) {
        for (int j = 0; j <= config_.layers_per_block; ++j) {
            x = resnet_at(part(block.name, "resnets", j), at::cat({x, kept.back()}, 1));
            kept.pop_back();
            if (block.attends) {
                x = transformer_at(part(block.name, "attentions", j), x, static_cast<std::size_t>(block.level));
            }
        }
        if (block.doubles) {
            x = conv(parameters, block.name + ".upsamplers.0.conv",
                     at::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)}));
        }
    }
    x = at::silu(group_norm(parameters, "conv_norm_out", x, settings_.groups, settings_.epsilon));
    return conv(parameters, "conv_out", x);
}

}  // namespace maquette::recon::diffusion
