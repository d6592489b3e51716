#include "recon/encoders/ensemble.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <utility>

#include "render/error.h"

namespace maquette::recon::encoders {
namespace {

constexpr double first_decay = 0.9;
constexpr double second_decay = 0.999;
constexpr double least_length = 1e-8;
constexpr int most_encoders = 64;
const std::string prefix = "ensemble.";

/// Adam (Kingma & Ba, ICLR 2015) of rows that are not all touched in every step.
class RowAdam {
public:
    RowAdam(const torch::Tensor& values, double rate)
        : rate_(rate),
          first_(at::zeros_like(values)),
          second_(at::zeros_like(values)),
          steps_(at::zeros({values.size(0)}, torch::kFloat32)) {}

    void step(torch::Tensor& values, const torch::Tensor& rows, const torch::Tensor& gradient) {
        const auto first = first_decay * first_.index_select(0, rows) + (1 - first_decay) * gradient;
        const auto second = second_decay * second_.index_select(0, rows) + (1 - second_decay) * gradient.pow(2);
        const auto steps = steps_.index_select(0, rows) + 1;
        first_.index_copy_(0, rows, first);
        second_.index_copy_(0, rows, second);
        steps_.index_copy_(0, rows, steps);
        std::vector<std::int64_t> shape(static_cast<std::size_t>(values.dim()), 1);
        shape[0] = rows.size(0);
        const auto first_bias = (1 - at::pow(first_decay, steps)).view(shape);
        const auto second_bias = (1 - at::pow(second_decay, steps)).view(shape);
        const auto update = rate_ * (first / first_bias) / ((second / second_bias).sqrt() + 1e-8);
        values.index_add_(0, rows, -update);
    }
    void step(torch::Tensor& values, const torch::Tensor& gradient) {
        step(values, at::arange(values.size(0), torch::kInt64), gradient);
    }

private:
    double rate_;
    torch::Tensor first_;
    torch::Tensor second_;
    torch::Tensor steps_;
};

torch::Tensor unit(const torch::Tensor& x) {
    return x / x.norm(2, {-1}, true).clamp_min(least_length);
}

std::string key(const char* what, int encoder) {
    return fmt::format("{}.{}", what, encoder);
}

std::vector<ParameterShape> shapes_of(int encoders, int features, int hidden) {
    std::vector<ParameterShape> shapes;
    for (int j = 0; j < encoders; ++j) {
        shapes.push_back({key("in", j), {hidden, features}});
        shapes.push_back({key("in_bias", j), {hidden}});
        shapes.push_back({key("out", j), {features, hidden}});
        shapes.push_back({key("out_bias", j), {features}});
        shapes.push_back({key("mean", j), {features}});
    }
    return shapes;
}

torch::Tensor predicted(const Parameters& p, int encoder, const torch::Tensor& psi) {
    const auto hidden = at::relu(at::matmul(psi, p.at(key("in", encoder)).t()) + p.at(key("in_bias", encoder)));
    return at::matmul(hidden, p.at(key("out", encoder)).t()) + p.at(key("out_bias", encoder));
}

/// [M]; targets of unit length.
torch::Tensor mean_disagreement(const Parameters& p, const torch::Tensor& psi,
                                const std::vector<torch::Tensor>& targets) {
    torch::Tensor sum;
    for (std::size_t j = 0; j < targets.size(); ++j) {
        const auto miss = 1 - (unit(predicted(p, static_cast<int>(j), psi)) * targets[j]).sum(1);
        sum = sum.defined() ? sum + miss : miss;
    }
    return sum / static_cast<double>(targets.size());
}

torch::Tensor mean_of(const std::vector<torch::Tensor>& targets) {
    torch::Tensor sum = targets.front().clone();
    for (std::size_t j = 1; j < targets.size(); ++j) sum = sum + targets[j];
    return sum / static_cast<double>(targets.size());
}

void check(const std::vector<torch::Tensor>& features, int encoders) {
    if (static_cast<int>(features.size()) != encoders || features.empty()) {
        throw UsageError(fmt::format("features of {} encoders for an ensemble of {}", features.size(), encoders));
    }
    for (const auto& z : features) {
        if (z.dim() != 2 || z.sizes() != features.front().sizes()) {
            throw UsageError("the encoders' features are not of the same pictures or not of the same length");
        }
    }
}

int number_in_metadata(const render::SafetensorsFile& file, const std::string& name, int low, int high,
                       const std::string& what) {
    const auto found = file.metadata.find(name);
    int value = 0;
    if (found != file.metadata.end()) {
        std::from_chars(found->second.data(), found->second.data() + found->second.size(), value);
    }
    if (value < low || value > high) throw InputError(fmt::format("{}: no valid '{}' in its metadata", what, name));
    return value;
}

}  // namespace

Ensemble::Ensemble(Parameters parameters, int encoders, EnsembleSettings settings)
    : parameters_(std::move(parameters)), encoders_(encoders), settings_(settings) {}

std::vector<torch::Tensor> Ensemble::normalised(const std::vector<torch::Tensor>& features) const {
    check(features, encoders_);
    const at::NoGradGuard no_gradient;
    std::vector<torch::Tensor> result;
    for (int j = 0; j < encoders_; ++j) {
        result.push_back(unit(features[static_cast<std::size_t>(j)] - parameters_.at(key("mean", j))));
    }
    return result;
}

Ensemble Ensemble::fit(const std::vector<torch::Tensor>& features, const EnsembleSettings& settings) {
    const int encoders = static_cast<int>(features.size());
    check(features, encoders);
    const auto n = features.front().size(0);
    const auto d = features.front().size(1);
    if (n < 2) throw UsageError(fmt::format("an ensemble of {} pictures; it needs 2 at the least", n));
    Parameters p = initial_parameters(shapes_of(encoders, static_cast<int>(d), settings.hidden), settings.seed);
    for (int j = 0; j < encoders; ++j) p[key("mean", j)] = features[static_cast<std::size_t>(j)].mean(0).detach();
    Ensemble ensemble(p, encoders, settings);
    const auto targets = ensemble.normalised(features);
    auto psi = mean_of(targets);
    RowAdam psi_adam(psi, settings.psi_rate);
    std::map<std::string, RowAdam> head_adam;
    for (auto& [name, value] : p) {
        if (!name.starts_with("mean.")) head_adam.emplace(name, RowAdam(value, settings.head_rate));
    }
    auto generator = at::detail::createCPUGenerator(settings.seed);
    for (int epoch = 0; epoch < settings.epochs; ++epoch) {
        const auto order = at::randperm(n, generator, torch::kInt64);
        for (std::int64_t begin = 0; begin < n; begin += settings.batch_size) {
            const auto rows = order.narrow(0, begin, std::min<std::int64_t>(settings.batch_size, n - begin));
            std::vector<torch::Tensor> wanted;
            wanted.reserve(targets.size());
            for (const auto& target : targets) wanted.push_back(target.index_select(0, rows));
            auto batch = psi.index_select(0, rows).requires_grad_(true);
            Parameters heads;
            for (const auto& [name, value] : p) heads[name] = value.detach().requires_grad_(head_adam.contains(name));
            // Summed over pictures for psi, whose rows must not depend on the batch's size; the heads want the mean.
            mean_disagreement(heads, batch, wanted).sum().backward();
            const at::NoGradGuard no_gradient;
            psi_adam.step(psi, rows, batch.grad());
            for (auto& [name, adam] : head_adam) {
                adam.step(p.at(name), heads.at(name).grad() / static_cast<double>(rows.size(0)));
            }
        }
    }
    ensemble.parameters_ = std::move(p);
    return ensemble;
}

torch::Tensor Ensemble::representation(const std::vector<torch::Tensor>& features, int steps) const {
    const auto targets = normalised(features);
    auto psi = mean_of(targets);
    RowAdam adam(psi, settings_.psi_rate);
    const int count = steps < 0 ? settings_.inference_steps : steps;
    for (int i = 0; i < count; ++i) {
        auto free = psi.detach().requires_grad_(true);
        mean_disagreement(parameters_, free, targets).sum().backward();
        const at::NoGradGuard no_gradient;
        adam.step(psi, free.grad());
    }
    return unit(psi);
}

torch::Tensor Ensemble::disagreement(const torch::Tensor& psi, const std::vector<torch::Tensor>& features) const {
    const at::NoGradGuard no_gradient;
    return mean_disagreement(parameters_, psi, normalised(features));
}

void Ensemble::add_to(render::SafetensorsFile& file) const {
    add_parameters(file, parameters_, render::TensorType::f16, prefix);
    file.metadata["ensemble_encoders"] = std::to_string(encoders_);
    file.metadata["ensemble_features"] = std::to_string(parameters_.at(key("mean", 0)).size(0));
    file.metadata["ensemble_hidden"] = std::to_string(settings_.hidden);
    file.metadata["ensemble_steps"] = std::to_string(settings_.inference_steps);
}

Ensemble Ensemble::read(const render::SafetensorsFile& file, const std::string& what) {
    const int encoders = number_in_metadata(file, "ensemble_encoders", 1, most_encoders, what);
    EnsembleSettings settings;
    settings.hidden = number_in_metadata(file, "ensemble_hidden", 1, 1 << 16, what);
    settings.inference_steps = number_in_metadata(file, "ensemble_steps", 1, 10000, what);
    const int features = number_in_metadata(file, "ensemble_features", 1, 1 << 16, what);
    render::SafetensorsFile own;
    for (const auto& [name, data] : file.tensors) {
        if (name.starts_with(prefix)) own.tensors[name.substr(prefix.size())] = data;
    }
    return {parameters_from(own, shapes_of(encoders, features, settings.hidden), what), encoders, settings};
}

}  // namespace maquette::recon::encoders
