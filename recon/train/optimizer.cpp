#include "recon/train/optimizer.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "render/error.h"

namespace maquette::recon {
namespace {

constexpr double adam_beta1 = 0.9;
constexpr double adam_beta2 = 0.999;
constexpr double adam_epsilon = 1e-8;
constexpr double adadelta_rho = 0.95;
constexpr double adadelta_epsilon = 1e-7;

void read_state(Parameters& state, const std::string& prefix, const render::SafetensorsFile& file,
                const std::string& what) {
    for (auto& [name, tensor] : state) {
        const auto found = file.tensors.find(prefix + name);
        if (found == file.tensors.end() || found->second.shape != tensor.sizes().vec()) {
            throw InputError(fmt::format("{}: optimiser state {}{} is missing or misshapen; start without --resume",
                                         what, prefix, name));
        }
        tensor.copy_(tensor_from(found->second));
    }
}

}  // namespace

Optimizer::Optimizer(OptimizerSettings settings, const Parameters& parameters) : settings_(std::move(settings)) {
    if (settings_.name != "adamw" && settings_.name != "adadelta") {
        throw UsageError(fmt::format("optimizer '{}' is unknown; use adamw or adadelta", settings_.name));
    }
    for (const auto& [name, tensor] : parameters) {
        first_[name] = at::zeros(tensor.sizes(), torch::kFloat32);
        second_[name] = at::zeros(tensor.sizes(), torch::kFloat32);
    }
}

void Optimizer::step(Parameters& parameters, double learning_rate) {
    const at::NoGradGuard no_gradient;
    ++steps_;
    const double correction1 = 1 - std::pow(adam_beta1, static_cast<double>(steps_));
    const double correction2 = 1 - std::pow(adam_beta2, static_cast<double>(steps_));
    for (auto& [name, parameter] : parameters) {
        if (!parameter.grad().defined()) continue;
        const torch::Tensor gradient = parameter.grad();
        torch::Tensor& first = first_.at(name);
        torch::Tensor& second = second_.at(name);
        if (parameter.dim() > 1) parameter.mul_(1 - learning_rate * settings_.weight_decay);
        if (settings_.name == "adamw") {
            first.mul_(adam_beta1).add_(gradient, 1 - adam_beta1);
            second.mul_(adam_beta2).addcmul_(gradient, gradient, 1 - adam_beta2);
            const auto denominator = at::div(second, correction2).sqrt_().add_(adam_epsilon);
            parameter.addcdiv_(first, denominator, -learning_rate / correction1);
        } else {
            first.mul_(adadelta_rho).addcmul_(gradient, gradient, 1 - adadelta_rho);
            const auto update =
                at::add(second, adadelta_epsilon).div_(at::add(first, adadelta_epsilon)).sqrt_().mul_(gradient);
            second.mul_(adadelta_rho).addcmul_(update, update, 1 - adadelta_rho);
            parameter.add_(update, -learning_rate);
        }
        parameter.mutable_grad().reset();
    }
}

void Optimizer::save(render::SafetensorsFile& file) const {
    add_parameters(file, first_, render::TensorType::f32, "optimizer.first.");
    add_parameters(file, second_, render::TensorType::f32, "optimizer.second.");
    file.metadata["optimizer"] = settings_.name;
    file.metadata["optimizer_steps"] = std::to_string(steps_);
}

void Optimizer::load(const render::SafetensorsFile& file, const std::string& what) {
    const auto name = file.metadata.find("optimizer");
    const auto steps = file.metadata.find("optimizer_steps");
    if (name == file.metadata.end() || steps == file.metadata.end() || name->second != settings_.name) {
        throw InputError(fmt::format("{}: checkpoint was not made with optimizer '{}'; choose the one it was made with",
                                     what, settings_.name));
    }
    read_state(first_, "optimizer.first.", file, what);
    read_state(second_, "optimizer.second.", file, what);
    steps_ = std::stoll(steps->second);
}

double clip_gradients(const Parameters& parameters, double limit) {
    const at::NoGradGuard no_gradient;
    double sum = 0;
    for (const auto& [name, parameter] : parameters) {
        if (parameter.grad().defined()) sum += parameter.grad().pow(2).sum().item<double>();
    }
    const double norm = std::sqrt(sum);
    for (const auto& [name, parameter] : parameters) {
        if (!parameter.grad().defined()) continue;
        if (!std::isfinite(norm)) {
            parameter.mutable_grad().reset();
        } else if (norm > limit) {
            parameter.mutable_grad().mul_(limit / norm);
        }
    }
    return norm;
}

void update_average(Parameters& average, const Parameters& parameters, double decay, long long step) {
    const at::NoGradGuard no_gradient;
    const double ramped = std::min(decay, (1.0 + static_cast<double>(step)) / (10.0 + static_cast<double>(step)));
    for (auto& [name, tensor] : average) tensor.mul_(ramped).add_(parameters.at(name), 1 - ramped);
}

double cosine_schedule(double progress, double warmup) {
    const double p = std::clamp(progress, 0.0, 1.0);
    if (p < warmup) return p / warmup;
    return 0.5 * (1 + std::cos(std::numbers::pi * (p - warmup) / std::max(1 - warmup, 1e-9)));
}

}  // namespace maquette::recon
