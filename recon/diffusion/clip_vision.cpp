#include "recon/diffusion/clip_vision.h"

#include <ATen/Functions.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <utility>

#include "recon/diffusion/unet_layers.h"
#include "render/error.h"

namespace maquette::recon::diffusion {
namespace {

constexpr std::array<float, 3> colour_mean = {0.48145466F, 0.4578275F, 0.40821073F};
constexpr std::array<float, 3> colour_deviation = {0.26862954F, 0.26130258F, 0.27577711F};
constexpr double quick_gelu_slope = 1.702;

std::string layer_name(int index) {
    return fmt::format("vision_model.encoder.layers.{}", index);
}

}  // namespace

ClipVisionModel::ClipVisionModel(ClipVisionConfig config) : config_(std::move(config)) {
    check_clip_vision_config(config_, "image encoder");
}

std::vector<ParameterShape> ClipVisionModel::parameter_shapes() const {
    UNetLayerShapes layers;
    const int width = config_.hidden_size;
    const int side = config_.image_size / config_.patch_size;
    layers.shapes = {
        {"vision_model.embeddings.class_embedding", {width}},
        {"vision_model.embeddings.patch_embedding.weight", {width, 3, config_.patch_size, config_.patch_size}},
        {"vision_model.embeddings.position_embedding.weight", {side * side + 1, width}}};
    layers.norm("vision_model.pre_layrnorm", width);
    for (int i = 0; i < config_.num_hidden_layers; ++i) {
        const std::string name = layer_name(i);
        layers.norm(name + ".layer_norm1", width);
        for (const char* projection : {"q_proj", "k_proj", "v_proj", "out_proj"}) {
            layers.linear(fmt::format("{}.self_attn.{}", name, projection), width, width);
        }
        layers.norm(name + ".layer_norm2", width);
        layers.linear(name + ".mlp.fc1", width, config_.intermediate_size);
        layers.linear(name + ".mlp.fc2", config_.intermediate_size, width);
    }
    layers.norm("vision_model.post_layernorm", width);
    layers.linear("visual_projection", width, config_.projection_dim, /*bias=*/false);
    return std::move(layers.shapes);
}

torch::Tensor ClipVisionModel::pixels_of(const torch::Tensor& pictures) const {
    const auto colours = [&](const std::array<float, 3>& values) {
        return at::tensor(at::ArrayRef<float>(values), pictures.options()).view({1, 3, 1, 1});
    };
    const auto resampled =
        at::upsample_bicubic2d(pictures, {config_.image_size, config_.image_size}, /*align_corners=*/true);
    return ((resampled + 1) / 2 - colours(colour_mean)) / colours(colour_deviation);
}

torch::Tensor ClipVisionModel::layer_norm(const Parameters& parameters, const std::string& name,
                                          const torch::Tensor& x) const {
    return at::layer_norm(x, {x.size(-1)}, parameters.at(name + ".weight"), parameters.at(name + ".bias"),
                          config_.layer_norm_eps);
}

torch::Tensor ClipVisionModel::layer(const Parameters& parameters, const std::string& name,
                                     const torch::Tensor& x) const {
    const auto seen = layer_norm(parameters, name + ".layer_norm1", x);
    const std::string attends = name + ".self_attn";
    const auto mixed =
        attention(linear(parameters, attends + ".q_proj", seen), linear(parameters, attends + ".k_proj", seen),
                  linear(parameters, attends + ".v_proj", seen), config_.num_attention_heads);
    const auto h = x + linear(parameters, attends + ".out_proj", mixed);
    const auto inner = linear(parameters, name + ".mlp.fc1", layer_norm(parameters, name + ".layer_norm2", h));
    const auto active = config_.hidden_act == "gelu" ? at::gelu(inner) : inner * at::sigmoid(quick_gelu_slope * inner);
    return h + linear(parameters, name + ".mlp.fc2", active);
}

torch::Tensor ClipVisionModel::embed(const Parameters& parameters, const torch::Tensor& pixels) const {
    const int size = config_.image_size;
    if (pixels.dim() != 4 || pixels.size(1) != 3 || pixels.size(2) != size || pixels.size(3) != size) {
        throw UsageError(fmt::format("image encoder: pixels are [{}] but [N, 3, {}, {}] is expected",
                                     fmt::join(pixels.sizes(), ", "), size, size));
    }
    const auto patches =
        at::conv2d(pixels, parameters.at("vision_model.embeddings.patch_embedding.weight"), {}, config_.patch_size)
            .flatten(2)
            .transpose(1, 2);
    const auto class_token = parameters.at("vision_model.embeddings.class_embedding")
                                 .view({1, 1, -1})
                                 .expand({pixels.size(0), 1, config_.hidden_size});
    auto h = at::cat({class_token, patches}, 1) +
             parameters.at("vision_model.embeddings.position_embedding.weight").unsqueeze(0);
    h = layer_norm(parameters, "vision_model.pre_layrnorm", h);
    for (int i = 0; i < config_.num_hidden_layers; ++i) h = layer(parameters, layer_name(i), h);
    return linear(parameters, "visual_projection",
                  layer_norm(parameters, "vision_model.post_layernorm", h.select(1, 0)));
}

}  // namespace maquette::recon::diffusion
