#include "recon/encoders/covariate_network.h"

#include <ATen/Functions.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>

#include "recon/encoders/capture.h"
#include "recon/refine/weights_facts.h"
#include "render/error.h"

namespace maquette::recon::encoders {
namespace {

constexpr const char* mean_name = "covariates.mean";
constexpr const char* scale_name = "covariates.scale";

torch::Tensor linear(const Parameters& p, const std::string& name, const torch::Tensor& x) {
    return at::linear(x, p.at(name + ".weight"), p.at(name + ".bias"));
}

}  // namespace

std::vector<ParameterShape> CovariateNetwork::parameter_shapes() const {
    auto shapes = covariate_encoder_shapes(config);
    const auto names = static_cast<std::int64_t>(std::max<std::size_t>(1, categories.size()));
    shapes.push_back({"head.category.weight", {names, config.width}});
    shapes.push_back({"head.category.bias", {names}});
    shapes.push_back({"head.shape.weight", {seen_cells, config.width}});
    shapes.push_back({"head.shape.bias", {seen_cells}});
    return shapes;
}

CovariateRows CovariateNetwork::shown(const torch::Tensor& values, const torch::Tensor& known) const {
    if (!input) return unknown_covariates(values.size(0), config.covariates);
    return {standardised(values), known};
}

torch::Tensor CovariateNetwork::features(const Parameters& weights, const torch::Tensor& pictures,
                                         const CovariateRows& rows) const {
    return covariate_features(weights, config, picture_tokens(pictures), rows);
}

torch::Tensor category_logits(const Parameters& parameters, const torch::Tensor& features) {
    return linear(parameters, "head.category", features);
}

torch::Tensor shape_logits(const Parameters& parameters, const torch::Tensor& features) {
    return linear(parameters, "head.shape", features);
}

void add_network(render::SafetensorsFile& file, const CovariateNetwork& network) {
    add_parameters(file, network.parameters, render::TensorType::f16);
    file.tensors[mean_name] = tensor_data_from(network.mean, render::TensorType::f32);
    file.tensors[scale_name] = tensor_data_from(network.scale, render::TensorType::f32);
    file.metadata["categories"] = fmt::format("{}", fmt::join(network.categories, ","));
    file.metadata["input"] = network.input ? "on" : "off";
}

CovariateNetwork covariate_network_from(const render::SafetensorsFile& file, const std::string& what) {
    if (const auto architecture = architecture_of(file, what); architecture != covariate_architecture) {
        throw InputError(fmt::format(
            "{}: not the weights of a covariate encoder (architecture '{}'); train one with `maquette train "
            "covariates`",
            what, architecture));
    }
    CovariateNetwork network;
    network.config.covariates = static_cast<int>(covariate_count);
    if (const auto found = file.metadata.find("categories"); found != file.metadata.end()) {
        std::istringstream names(found->second);
        for (std::string name; std::getline(names, name, ',');) network.categories.push_back(name);
    }
    const auto input = file.metadata.find("input");
    network.input = input == file.metadata.end() || input->second == "on";
    render::SafetensorsFile own;
    for (const auto& [name, data] : file.tensors) {
        if (name.starts_with("tokens.") || name.starts_with("head.")) own.tensors[name] = data;
    }
    network.parameters = parameters_from(own, network.parameter_shapes(), what);
    const auto vector = [&](const char* name) {
        const auto found = file.tensors.find(name);
        const auto length = static_cast<std::int64_t>(covariate_count);
        if (found == file.tensors.end() || found->second.shape != std::vector<std::int64_t>{length}) {
            throw InputError(fmt::format("{}: {} is missing or has not {} values", what, name, length));
        }
        return tensor_from(found->second).to(torch::kFloat32);
    };
    network.mean = vector(mean_name);
    network.scale = vector(scale_name);
    if (!network.scale.gt(0).all().item<bool>() || !network.mean.isfinite().all().item<bool>()) {
        throw InputError(fmt::format("{}: {} or {} holds what no training gives", what, mean_name, scale_name));
    }
    return network;
}

}  // namespace maquette::recon::encoders
