#include "recon/diffusion/checkpoint_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <utility>

#include "render/error.h"

namespace maquette::recon::diffusion {
namespace {

using nlohmann::json;

constexpr int largest_side = 4096;
// No network of this kind comes near these; a malformed file must not make the program count to billions.
constexpr int largest_width = 1 << 16;
constexpr int most_layers = 512;

json parse_object(const std::string& text, const char* needed_key, const char* kind, const std::string& what) {
    json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!object.is_object() || !object.contains(needed_key)) {
        throw InputError(fmt::format("{}: not the configuration of {}: no '{}' in it", what, kind, needed_key));
    }
    return object;
}

[[noreturn]] void refuse_value(const std::string& what, const char* key, const json& value) {
    throw InputError(fmt::format("{}: {} is {}, which has the wrong type or is too large", what, key, value.dump()));
}

int integer_of(const json& value, const char* key, const std::string& what) {
    if (!value.is_number_integer() || value < 0 || value > std::numeric_limits<int>::max()) {
        refuse_value(what, key, value);
    }
    return value.get<int>();
}

/// The value of a key, or `fallback` where there is none or it is null.
template <typename Value>
Value value_of(const json& object, const char* key, const Value& fallback, const std::string& what) {
    const auto found = object.find(key);
    if (found == object.end() || found->is_null()) return fallback;
    if constexpr (std::is_same_v<Value, int>) {
        return integer_of(*found, key, what);
    } else if constexpr (std::is_same_v<Value, std::vector<int>>) {
        if (!found->is_array()) refuse_value(what, key, *found);
        Value values;
        for (const json& element : *found) values.push_back(integer_of(element, key, what));
        return values;
    } else {
        try {
            return found->get<Value>();
        } catch (const json::exception&) {
            refuse_value(what, key, *found);
        }
    }
}

/// A setting that changes what is computed and of which this program has one value only. A list of that value counts.
void expect_setting(const json& object, const char* key, const json& expected, const std::string& what) {
    const auto found = object.find(key);
    if (found == object.end() || found->is_null() || *found == expected) return;
    const bool list = found->is_array() && std::all_of(found->begin(), found->end(),
                                                       [&](const json& element) { return element == expected; });
    if (!list) {
        throw InputError(fmt::format("{}: {} is {} but this program only has {}; use another checkpoint", what, key,
                                     found->dump(), expected.dump()));
    }
}

}  // namespace

ClipVisionConfig clip_vit_l14_config() {
    ClipVisionConfig config;
    config.hidden_size = 1024;
    config.intermediate_size = 4096;
    config.num_hidden_layers = 24;
    config.num_attention_heads = 16;
    config.patch_size = 14;
    config.projection_dim = 768;
    return config;
}

AutoencoderConfig parse_autoencoder_config(const std::string& text, const std::string& what) {
    const json object = parse_object(text, "latent_channels", "an AutoencoderKL", what);
    for (const auto& [key, value] : std::map<const char*, json>{{"act_fn", "silu"},
                                                                {"down_block_types", "DownEncoderBlock2D"},
                                                                {"up_block_types", "UpDecoderBlock2D"},
                                                                {"mid_block_add_attention", true},
                                                                {"use_quant_conv", true},
                                                                {"use_post_quant_conv", true},
                                                                {"shift_factor", 0},
                                                                {"latents_mean", 0},
                                                                {"latents_std", 1}}) {
        expect_setting(object, key, value, what);
    }
    AutoencoderConfig config;
    config.in_channels = value_of(object, "in_channels", config.in_channels, what);
    config.out_channels = value_of(object, "out_channels", config.out_channels, what);
    config.latent_channels = value_of(object, "latent_channels", config.latent_channels, what);
    config.block_out_channels = value_of(object, "block_out_channels", config.block_out_channels, what);
    config.layers_per_block = value_of(object, "layers_per_block", config.layers_per_block, what);
    config.norm_num_groups = value_of(object, "norm_num_groups", config.norm_num_groups, what);
    config.scaling_factor = value_of(object, "scaling_factor", config.scaling_factor, what);
    check_autoencoder_config(config, what);
    return config;
}

void check_autoencoder_config(const AutoencoderConfig& config, const std::string& what) {
    constexpr std::size_t most_levels = 8;
    const auto& widths = config.block_out_channels;
    const bool widths_fit = !widths.empty() && widths.size() <= most_levels && config.norm_num_groups >= 1 &&
                            std::all_of(widths.begin(), widths.end(),
                                        [&](int width) { return width >= 1 && width % config.norm_num_groups == 0; });
    if (config.in_channels != 3 || config.out_channels != 3 || config.latent_channels < 1 ||
        config.latent_channels > largest_width || config.layers_per_block < 1 ||
        config.layers_per_block > most_layers || !(config.scaling_factor > 0) || !widths_fit) {
        throw InputError(
            fmt::format("{}: {} input and {} output channels (3 are needed), {} latent channels, {} layers, a scale of "
                        "{} (all above 0) and 1 to {} widths [{}] that are multiples of {} groups: the numbers do not "
                        "fit",
                        what, config.in_channels, config.out_channels, config.latent_channels, config.layers_per_block,
                        config.scaling_factor, most_levels, fmt::join(widths, ", "), config.norm_num_groups));
    }
}

ClipVisionConfig parse_clip_vision_config(const std::string& text, const std::string& what) {
    json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
    // A whole CLIP model's file has the image encoder's settings in an object of their own.
    if (object.is_object() && object.contains("vision_config")) {
        const auto projection = object.find("projection_dim");
        json inner = object["vision_config"];
        if (inner.is_object() && projection != object.end()) inner["projection_dim"] = *projection;
        object = std::move(inner);
    }
    object = parse_object(object.dump(), "patch_size", "a CLIPVisionModelWithProjection", what);
    expect_setting(object, "num_channels", 3, what);
    ClipVisionConfig config;
    config.hidden_size = value_of(object, "hidden_size", config.hidden_size, what);
    config.intermediate_size = value_of(object, "intermediate_size", config.intermediate_size, what);
    config.num_hidden_layers = value_of(object, "num_hidden_layers", config.num_hidden_layers, what);
    config.num_attention_heads = value_of(object, "num_attention_heads", config.num_attention_heads, what);
    config.image_size = value_of(object, "image_size", config.image_size, what);
    config.patch_size = value_of(object, "patch_size", config.patch_size, what);
    config.projection_dim = value_of(object, "projection_dim", config.projection_dim, what);
    config.hidden_act = value_of(object, "hidden_act", config.hidden_act, what);
    config.layer_norm_eps = value_of(object, "layer_norm_eps", config.layer_norm_eps, what);
    check_clip_vision_config(config, what);
    return config;
}

void check_clip_vision_config(const ClipVisionConfig& config, const std::string& what) {
    if (config.hidden_act != "quick_gelu" && config.hidden_act != "gelu") {
        throw InputError(fmt::format("{}: hidden_act is '{}' but this program only has quick_gelu and gelu", what,
                                     config.hidden_act));
    }
    const auto is_width = [](int width) { return width >= 1 && width <= largest_width; };
    if (config.num_attention_heads < 1 || !is_width(config.hidden_size) ||
        config.hidden_size % config.num_attention_heads != 0 || !is_width(config.intermediate_size) ||
        config.num_hidden_layers < 1 || config.num_hidden_layers > most_layers || config.patch_size < 1 ||
        config.image_size < config.patch_size || config.image_size > largest_side || !is_width(config.projection_dim) ||
        !(config.layer_norm_eps > 0)) {
        throw InputError(fmt::format(
            "{}: width {} of {} heads, inner width {}, {} layers, pictures of {} in patches of {}, "
            "projection to {}, epsilon {}: the numbers do not fit each other",
            what, config.hidden_size, config.num_attention_heads, config.intermediate_size, config.num_hidden_layers,
            config.image_size, config.patch_size, config.projection_dim, config.layer_norm_eps));
    }
}

SchedulerConfig parse_scheduler_config(const std::string& text, const std::string& what) {
    const json object = parse_object(text, "beta_schedule", "a scheduler", what);
    expect_setting(object, "beta_schedule", "scaled_linear", what);
    expect_setting(object, "trained_betas", json::array(), what);
    expect_setting(object, "rescale_betas_zero_snr", false, what);
    SchedulerConfig config;
    config.beta_start = value_of(object, "beta_start", config.beta_start, what);
    config.beta_end = value_of(object, "beta_end", config.beta_end, what);
    config.num_train_timesteps = value_of(object, "num_train_timesteps", config.num_train_timesteps, what);
    const auto prediction = value_of<std::string>(object, "prediction_type", "epsilon", what);
    const std::map<std::string, Parameterization> predictions = {{"epsilon", Parameterization::epsilon},
                                                                 {"v_prediction", Parameterization::velocity},
                                                                 {"sample", Parameterization::sample}};
    const auto found = predictions.find(prediction);
    if (found == predictions.end()) {
        throw InputError(
            fmt::format("{}: prediction_type is '{}'; epsilon, v_prediction and sample are known", what, prediction));
    }
    config.prediction = found->second;
    constexpr int most_steps = 100000;
    if (!(config.beta_start > 0 && config.beta_start < config.beta_end && config.beta_end < 1) ||
        config.num_train_timesteps < 2 || config.num_train_timesteps > most_steps) {
        throw InputError(fmt::format("{}: betas {} to {} in {} steps; 0 < start < end < 1 and 2 to {} steps are needed",
                                     what, config.beta_start, config.beta_end, config.num_train_timesteps, most_steps));
    }
    return config;
}

int parse_sample_size(const std::string& unet_json, const std::string& what) {
    const json object = parse_object(unet_json, "sample_size", "a UNet2DConditionModel", what);
    const json& given = object["sample_size"];
    // A list is height and width.
    const bool square = given.is_array() && given.size() == 2 && given[0] == given[1];
    const json side = square ? given[0] : given;
    const int size = side.is_number_integer() && side >= 1 && side <= largest_side ? side.get<int>() : 0;
    if (size == 0) {
        throw InputError(fmt::format("{}: sample_size is {}; one whole number from 1 to {} is needed", what,
                                     given.dump(), largest_side));
    }
    return size;
}

}  // namespace maquette::recon::diffusion
