#include "recon/diffusion/unet_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "render/error.h"

namespace maquette::recon::diffusion {
namespace {

using nlohmann::json;

/// Settings that change what the network computes and that it has only one way to do.
struct FixedSetting {
    std::string_view key;
    json value;
};

const std::vector<FixedSetting>& fixed_settings() {
    static const std::vector<FixedSetting> settings = {{"act_fn", "silu"},
                                                       {"center_input_sample", false},
                                                       {"downsample_padding", 1},
                                                       {"flip_sin_to_cos", true},
                                                       {"freq_shift", 0},
                                                       {"mid_block_scale_factor", 1},
                                                       {"dual_cross_attention", false},
                                                       {"only_cross_attention", false},
                                                       {"resnet_time_scale_shift", "default"},
                                                       {"mid_block_type", "UNetMidBlock2DCrossAttn"},
                                                       {"time_embedding_type", "positional"},
                                                       {"transformer_layers_per_block", 1},
                                                       {"conv_in_kernel", 3},
                                                       {"conv_out_kernel", 3}};
    return settings;
}

const std::vector<std::string> down_types = {"DownBlock2D", "CrossAttnDownBlock2D"};
const std::vector<std::string> up_types = {"UpBlock2D", "CrossAttnUpBlock2D"};

bool all_known(const std::vector<std::string>& types, const std::vector<std::string>& known) {
    return std::all_of(types.begin(), types.end(), [&](const std::string& type) {
        return std::find(known.begin(), known.end(), type) != known.end();
    });
}

template <typename Value>
void read(const json& object, const char* key, Value& value) {
    const auto found = object.find(key);
    if (found != object.end() && !found->is_null()) value = found->get<Value>();
}

void read_config(const json& object, UNetConfig& config) {
    read(object, "in_channels", config.in_channels);
    read(object, "out_channels", config.out_channels);
    read(object, "block_out_channels", config.block_out_channels);
    read(object, "down_block_types", config.down_block_types);
    read(object, "up_block_types", config.up_block_types);
    read(object, "layers_per_block", config.layers_per_block);
    read(object, "cross_attention_dim", config.cross_attention_dim);
    read(object, "norm_num_groups", config.norm_num_groups);
    read(object, "norm_eps", config.norm_eps);
    read(object, "use_linear_projection", config.use_linear_projection);
    read(object, "projection_class_embeddings_input_dim", config.projection_class_embeddings_input_dim);
    const auto heads = object.find("attention_head_dim");
    if (heads != object.end() && heads->is_array()) {
        config.attention_head_dim = heads->get<std::vector<int>>();
    } else {
        config.attention_head_dim.assign(config.block_out_channels.size(),
                                         heads != object.end() ? heads->get<int>() : 8);
    }
}

}  // namespace

UNetConfig stable_diffusion_1_config() {
    return {};
}

UNetConfig parse_unet_config(const std::string& text, const std::string& what) {
    const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!object.is_object() || !object.contains("block_out_channels")) {
        throw InputError(fmt::format("{}: not the config.json of a UNet2DConditionModel", what));
    }
    for (const auto& [key, value] : fixed_settings()) {
        const auto found = object.find(key);
        if (found != object.end() && !found->is_null() && *found != value) {
            throw InputError(fmt::format("{}: {} is {} but this program only has {}; use another checkpoint", what, key,
                                         found->dump(), value.dump()));
        }
    }
    UNetConfig config;
    try {
        read_config(object, config);
    } catch (const json::exception& error) {
        throw InputError(fmt::format("{}: a value has the wrong type: {}", what, error.what()));
    }
    check_unet_config(config, what);
    return config;
}

std::string unet_config_json(const UNetConfig& config) {
    json object = {{"_class_name", "UNet2DConditionModel"},
                   {"in_channels", config.in_channels},
                   {"out_channels", config.out_channels},
                   {"block_out_channels", config.block_out_channels},
                   {"down_block_types", config.down_block_types},
                   {"up_block_types", config.up_block_types},
                   {"layers_per_block", config.layers_per_block},
                   {"cross_attention_dim", config.cross_attention_dim},
                   {"attention_head_dim", config.attention_head_dim},
                   {"norm_num_groups", config.norm_num_groups},
                   {"norm_eps", config.norm_eps},
                   {"use_linear_projection", config.use_linear_projection}};
    if (config.projection_class_embeddings_input_dim > 0) {
        object["class_embed_type"] = "projection";
        object["projection_class_embeddings_input_dim"] = config.projection_class_embeddings_input_dim;
    }
    for (const auto& [key, value] : fixed_settings()) object[std::string(key)] = value;
    return object.dump();
}

void check_unet_config(const UNetConfig& config, const std::string& what) {
    const auto refuse = [&](const std::string& problem) { throw InputError(fmt::format("{}: {}", what, problem)); };
    const std::size_t levels = config.block_out_channels.size();
    if (levels == 0 || config.down_block_types.size() != levels || config.up_block_types.size() != levels ||
        config.attention_head_dim.size() != levels) {
        refuse(fmt::format(
            "{} widths, {} down blocks, {} up blocks and {} head counts must be as many, and one or more", levels,
            config.down_block_types.size(), config.up_block_types.size(), config.attention_head_dim.size()));
    }
    if (!all_known(config.down_block_types, down_types) || !all_known(config.up_block_types, up_types)) {
        refuse(fmt::format("blocks {} and {} are not all among {} and {}", fmt::join(config.down_block_types, ", "),
                           fmt::join(config.up_block_types, ", "), fmt::join(down_types, ", "),
                           fmt::join(up_types, ", ")));
    }
    if (config.in_channels < 1 || config.out_channels < 1 || config.layers_per_block < 1 ||
        config.cross_attention_dim < 1 || config.norm_num_groups < 1 || !(config.norm_eps > 0) ||
        config.projection_class_embeddings_input_dim < 0) {
        refuse(
            fmt::format("{} input and {} output channels, {} layers, context width {}, {} groups and epsilon {} must "
                        "be above 0",
                        config.in_channels, config.out_channels, config.layers_per_block, config.cross_attention_dim,
                        config.norm_num_groups, config.norm_eps));
    }
    for (std::size_t i = 0; i < levels; ++i) {
        const int width = config.block_out_channels[i];
        const int heads = config.attention_head_dim[i];
        if (width < 2 || width % config.norm_num_groups != 0 || heads < 1 || width % heads != 0) {
            refuse(fmt::format("width {} must be a multiple of {} groups and of {} heads", width,
                               config.norm_num_groups, heads));
        }
    }
}

}  // namespace maquette::recon::diffusion
