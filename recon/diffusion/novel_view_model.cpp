#include "recon/diffusion/novel_view_model.h"

#include <ATen/Functions.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <numbers>

#include "recon/diffusion/geometry_picture.h"
#include "recon/diffusion/pose_code.h"
#include "recon/diffusion/unet_layers.h"
#include "render/error.h"

namespace maquette::recon::diffusion {
namespace {

constexpr int token_shrink = 8;  // pixels a side of a photo's token
constexpr int encoder_width = 32;
constexpr double norm_epsilon = 1e-5;
constexpr double suggestion_error = 0.4;  // typical difference of suggested views from true ones

int tokens_of(const NovelViewConfig& config) {
    const int side = config.image_size / token_shrink;
    return side * side;
}

}  // namespace

NovelViewConfig novel_view_config(int width, int patch) {
    if (width < 32 || width % 32 != 0 || (patch != 2 && patch != 4)) {
        throw UsageError(fmt::format("width {} must be a multiple of 32, patch {} must be 2 or 4", width, patch));
    }
    NovelViewConfig config;
    config.patch = patch;
    const int area = config.patch * config.patch;
    UNetConfig& unet = config.unet;
    unet.in_channels = area * (2 * picture_channels + geometry_channels);
    unet.out_channels = area * picture_channels;
    unet.block_out_channels = {width, 2 * width, 2 * width};
    unet.down_block_types = {"DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"};
    unet.up_block_types = {"CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"};
    unet.attention_head_dim = {width / 32, width / 16, width / 16};
    if (patch == 2) {
        // One more level about the network of patches of 4, whose weights it may begin with.
        unet.block_out_channels.insert(unet.block_out_channels.begin(), width);
        unet.down_block_types.insert(unet.down_block_types.begin(), "DownBlock2D");
        unet.up_block_types.emplace_back("UpBlock2D");
        unet.attention_head_dim.insert(unet.attention_head_dim.begin(), width / 32);
    }
    unet.layers_per_block = 1;
    unet.cross_attention_dim = 128;
    unet.norm_num_groups = 16;
    unet.projection_class_embeddings_input_dim = pose_code_width;
    return config;
}

std::string novel_view_config_json(const NovelViewConfig& config) {
    return nlohmann::json{{"image_size", config.image_size},
                          {"patch", config.patch},
                          {"unet", nlohmann::json::parse(unet_config_json(config.unet))}}
        .dump();
}

NovelViewConfig parse_novel_view_config(const std::string& text, const std::string& what) {
    const auto object = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!object.is_object() || !object.contains("unet") || !object.value("image_size", nlohmann::json()).is_number() ||
        !object.value("patch", nlohmann::json()).is_number()) {
        throw InputError(fmt::format("{}: not the config of a novel-view network", what));
    }
    NovelViewConfig config;
    config.image_size = object["image_size"].get<int>();
    config.patch = object["patch"].get<int>();
    config.unet = parse_unet_config(object["unet"].dump(), what);
    return config;
}

NovelViewConditions shown(const NovelViewConditions& conditions, ShownConditions which) {
    NovelViewConditions result = conditions;
    if (!which.photo) {
        result.photo = at::zeros_like(conditions.photo);
        result.pose = conditions.pose.clone();
        result.pose.narrow(1, 0, photo_pose_width).zero_();
    }
    if (!which.geometry) {
        result.geometry = at::zeros_like(conditions.geometry);
    } else if (!which.photo) {
        result.geometry = conditions.geometry.clone();
        result.geometry.narrow(1, geometry_channel::colour, geometry_channels - geometry_channel::colour).zero_();
    }
    return result;
}

torch::Tensor suggested_view(const NovelViewConditions& conditions) {
    const auto& geometry = conditions.geometry;
    const auto outline = geometry.narrow(1, geometry_channel::coverage, 1);
    const auto colour = geometry.narrow(1, geometry_channel::colour, 3);
    const auto seen = geometry.narrow(1, geometry_channel::seen, 1);
    const auto mean = colour.sum({2, 3}, /*keepdim=*/true) / seen.sum({2, 3}, /*keepdim=*/true).clamp_min(1);
    const auto coverage = (outline + 1) / 2;
    const auto of_shape = at::cat({(1 - coverage) + coverage * (colour + (1 - seen) * mean), outline}, 1);
    const auto given = (geometry.abs().amax({1, 2, 3}, /*keepdim=*/true) > 0).to(geometry.scalar_type());
    return given * of_shape + (1 - given) * conditions.photo;
}

NovelViewModel::NovelViewModel(const NovelViewConfig& config) : config_(config), unet_(config.unet) {
    const int area = config.patch * config.patch;
    if (config.patch < 1 || config.image_size < token_shrink || config.image_size % token_shrink != 0 ||
        config.image_size % config.patch != 0 ||
        config.unet.in_channels != area * (2 * picture_channels + geometry_channels) ||
        config.unet.out_channels != area * picture_channels ||
        config.unet.projection_class_embeddings_input_dim != pose_code_width) {
        throw InputError(
            fmt::format("novel-view network of {} pixels in patches of {} with {} input channels, {} output channels "
                        "and poses of {} numbers: the numbers do not fit each other",
                        config.image_size, config.patch, config.unet.in_channels, config.unet.out_channels,
                        config.unet.projection_class_embeddings_input_dim));
    }
}

std::vector<ParameterShape> NovelViewModel::parameter_shapes() const {
    auto shapes = unet_.parameter_shapes();
    const int width = config_.unet.cross_attention_dim;
    UNetLayerShapes encoder;
    encoder.conv("photo_encoder.conv_0", picture_channels, encoder_width, 3);
    encoder.conv("photo_encoder.conv_1", encoder_width, 2 * encoder_width, 3);
    encoder.conv("photo_encoder.conv_2", 2 * encoder_width, width, 3);
    encoder.norm("photo_encoder.norm", width);
    encoder.shapes.push_back({"photo_encoder.position", {tokens_of(config_), width}});
    shapes.insert(shapes.end(), encoder.shapes.begin(), encoder.shapes.end());
    return shapes;
}

torch::Tensor NovelViewModel::encode_photo(const Parameters& parameters, const torch::Tensor& photo) const {
    auto h = photo;
    for (const char* layer : {"photo_encoder.conv_0", "photo_encoder.conv_1", "photo_encoder.conv_2"}) {
        h = at::silu(conv(parameters, layer, h, 2));
    }
    const auto tokens = h.flatten(2).transpose(1, 2);
    const auto placed = at::layer_norm(tokens, {tokens.size(2)}, parameters.at("photo_encoder.norm.weight"),
                                       parameters.at("photo_encoder.norm.bias"), norm_epsilon) +
                        parameters.at("photo_encoder.position");
    const auto given = (photo.abs().amax({1, 2, 3}) > 0).to(photo.scalar_type());
    return placed * given.view({-1, 1, 1});
}

torch::Tensor NovelViewModel::velocity(const Parameters& parameters, const torch::Tensor& x,
                                       const torch::Tensor& timesteps, const NovelViewConditions& conditions,
                                       const torch::Tensor& tokens) const {
    const auto pictures = at::cat({x, conditions.photo, conditions.geometry}, 1);
    const auto out =
        unet_.forward(parameters, at::pixel_unshuffle(pictures, config_.patch), timesteps, tokens, conditions.pose);
    const auto difference = suggestion_error * at::pixel_shuffle(out, config_.patch);
    const auto angle = (timesteps * (std::numbers::pi / 2 / 1000)).to(x.scalar_type()).view({-1, 1, 1, 1});
    return (angle.cos() * x - suggested_view(conditions) - difference) / angle.sin();
}

}  // namespace maquette::recon::diffusion
