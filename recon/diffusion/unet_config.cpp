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

/// Parts that some networks of this kind have and this one has not: named by keys that are then not null.
constexpr std::array<std::string_view, 8> absent_parts = {
    "addition_embed_type",   "encoder_hid_dim",   "encoder_hid_dim_type", "time_embedding_dim",
    "time_embedding_act_fn", "timestep_post_act", "time_cond_proj_dim",   "cross_attention_norm"};

/// Whether a value is the one, or a list of it.
bool says(const json& found, const json& value) {
    return found == value || (found.is_array() && !found.empty() &&
                              std::all_of(found.begin(), found.end(), [&](const json& x) { return x == value; }));
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
    // diffusers leaves the width unused where the type does not ask for it.
    const auto kind = object.find("class_embed_type");
    if (kind != object.end() && !kind->is_null()) {
        read(object, "projection_class_embeddings_input_dim", config.projection_class_embeddings_input_dim);
    }
    // Files that have both call heads by their name.
    const auto given = [&](const char* key) { return object.contains(key) && !object[key].is_null(); };
    constexpr int usual_heads = 8;
    const char* key = given("num_attention_heads") ? "num_attention_heads" : "attention_head_dim";
    if (given(key) && object[key].is_array()) {
        config.attention_head_dim = object[key].get<std::vector<int>>();
    } else {
        config.attention_head_dim.assign(config.block_out_channels.size(),
                                         given(key) ? object[key].get<int>() : usual_heads);
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
        if (found != object.end() && !found->is_null() && !says(*found, value)) {
            throw InputError(fmt::format("{}: {} is {} but this program only has {}; use another checkpoint", what, key,
                                         found->dump(), value.dump()));
        }
    }
    for (const auto& key : absent_parts) {
        const auto found = object.find(key);
        if (found != object.end() && !found->is_null()) {
            throw InputError(fmt::format("{}: {} is {} but this program has no such part; use another checkpoint", what,
                                         key, found->dump()));
        }
    }
    const auto kind = object.find("class_embed_type");
    if (kind != object.end() && !kind->is_null() && *kind != "projection") {
        throw InputError(
            fmt::format("{}: class_embed_type is {} but this program only has \"projection\" and none; use "
                        "another checkpoint",
                        what, kind->dump()));
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
    // No network of this kind comes near these; a malformed file must not make the program count to billions.
    constexpr std::size_t most_levels = 16;
    constexpr int most_layers = 512;
    constexpr int largest_width = 1 << 16;
    const auto fits = [](int value, int most) { return value >= 1 && value <= most; };
    if (levels == 0 || levels > most_levels || config.down_block_types.size() != levels ||
        config.up_block_types.size() != levels || config.attention_head_dim.size() != levels) {
        refuse(fmt::format("{} widths, {} down blocks, {} up blocks and {} head counts must be as many, 1 to {}",
                           levels, config.down_block_types.size(), config.up_block_types.size(),
                           config.attention_head_dim.size(), most_levels));
    }
    if (!all_known(config.down_block_types, down_types) || !all_known(config.up_block_types, up_types)) {
        refuse(fmt::format("blocks {} and {} are not all among {} and {}", fmt::join(config.down_block_types, ", "),
                           fmt::join(config.up_block_types, ", "), fmt::join(down_types, ", "),
                           fmt::join(up_types, ", ")));
    }
    if (!fits(config.in_channels, largest_width) || !fits(config.out_channels, largest_width) ||
        !fits(config.layers_per_block, most_layers) || !fits(config.cross_attention_dim, largest_width) ||
        config.norm_num_groups < 1 || !(config.norm_eps > 0) || config.projection_class_embeddings_input_dim < 0 ||
        config.projection_class_embeddings_input_dim > largest_width) {
        refuse(
            fmt::format("{} input and {} output channels, {} layers, context width {}, {} groups and epsilon {} must "
                        "be above 0 and not beyond all measure",
                        config.in_channels, config.out_channels, config.layers_per_block, config.cross_attention_dim,
                        config.norm_num_groups, config.norm_eps));
    }
    for (std::size_t i = 0; i < levels; ++i) {
        const int width = config.block_out_channels[i];
        const int heads = config.attention_head_dim[i];
        if (width < 2 || width > largest_width || width % config.norm_num_groups != 0 || heads < 1 ||
            width % heads != 0) {
            refuse(fmt::format("width {} must be a multiple of {} groups and of {} heads", width,
                               config.norm_num_groups, heads));
        }
    }
}

}  // namespace maquette::recon::diffusion
