#include "recon/diffusion/novel_view_denoiser.h"

#include <ATen/Functions.h>
#include <fmt/format.h>

#include "recon/refine/weights_facts.h"
#include "render/error.h"
#include "render/io/safetensors.h"

namespace maquette::recon::diffusion {
namespace {

torch::Tensor for_rows(const torch::Tensor& condition, std::int64_t rows) {
    if (condition.size(0) == rows) return condition;
    auto sizes = condition.sizes().vec();
    sizes[0] = rows;
    return condition.expand(sizes);
}

}  // namespace

std::shared_ptr<const NovelViewWeights> load_novel_view(const std::filesystem::path& weights) {
    const render::SafetensorsFile file = render::read_safetensors(weights);
    const std::string what = weights.string();
    const std::string architecture = architecture_of(file, what);
    if (architecture != novel_view_architecture) {
        throw InputError(fmt::format("{}: weights of {}, not of {}; give fitting --weights", what, architecture,
                                     novel_view_architecture));
    }
    const auto config = file.metadata.find(novel_view_config_key);
    if (config == file.metadata.end()) {
        throw InputError(fmt::format("{}: no '{}' in the metadata", what, novel_view_config_key));
    }
    const NovelViewModel model(parse_novel_view_config(config->second, what));
    const auto geometry = file.metadata.find(novel_view_geometry_key);
    return std::make_shared<const NovelViewWeights>(
        NovelViewWeights{model, parameters_from(file, model.parameter_shapes(), what), file.metadata,
                         geometry == file.metadata.end() || geometry->second != "off"});
}

void save_random_novel_view(const std::filesystem::path& path, std::uint64_t seed) {
    constexpr int smallest_width = 32;
    const NovelViewModel model(novel_view_config(smallest_width));
    // Layers that begin with zeros would have every seed give the same view.
    constexpr double awake = 0.05;
    Parameters parameters = initial_parameters(model.parameter_shapes(), seed);
    for (auto& [name, tensor] : parameters) {
        if (tensor.dim() < 2 || tensor.abs().max().item<float>() > 0) continue;
        tensor = awake * gaussian_noise(tensor.sizes().vec(), seed);
    }
    render::SafetensorsFile file;
    add_parameters(file, parameters, render::TensorType::f16);
    file.metadata = {{"architecture", novel_view_architecture},
                     {novel_view_config_key, novel_view_config_json(model.config())},
                     {novel_view_geometry_key, "on"}};
    render::write_safetensors(path, file);
}

NovelViewDenoiser::NovelViewDenoiser(const NovelViewModel& model, const Parameters& parameters,
                                     const NovelViewConditions& conditions)
    : model_(&model),
      parameters_(parameters),
      conditions_(conditions),
      tokens_(model.encode_photo(parameters, conditions.photo)) {}

torch::Tensor NovelViewDenoiser::predict(const torch::Tensor& x, const NoiseLevel& level, ShownConditions which) const {
    const auto rows = x.size(0);
    NovelViewConditions conditions = shown(conditions_, which);
    conditions = {for_rows(conditions.photo, rows), for_rows(conditions.geometry, rows),
                  for_rows(conditions.pose, rows)};
    const auto tokens = which.photo ? tokens_ : at::zeros_like(tokens_);
    const auto timesteps = at::full({rows}, NoiseSchedule::cosine().timestep(level.time), x.options());
    return model_->velocity(parameters_, x, timesteps, conditions, for_rows(tokens, rows));
}

}  // namespace maquette::recon::diffusion
