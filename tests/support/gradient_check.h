#pragma once

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "recon/refine/parameters.h"

namespace maquette::recon::testing {

/// Expects the gradients of a scalar by the named parameters to be what finite differences say, within 5 %. Each is
/// moved along its gradient, where the difference is far above rounding, by `step` times its own length (of at least
/// `shortest`).
inline void expect_gradients(Parameters& parameters, const std::vector<std::string>& names, double step,
                             const std::function<torch::Tensor(const Parameters&)>& objective, double shortest = 0) {
    for (auto& [name, tensor] : parameters) tensor.requires_grad_(true);
    objective(parameters).backward();
    for (const auto& name : names) {
        const auto& parameter = parameters.at(name);
        const auto gradient = parameter.grad();
        const double length = gradient.norm().item<double>();
        ASSERT_GT(length, 0) << name;
        const double way = step * std::max(parameter.norm().item<double>(), shortest);
        const at::NoGradGuard no_gradient;
        Parameters moved;
        for (const auto& [key, tensor] : parameters) moved[key] = tensor.detach();
        const auto base = moved.at(name);
        moved[name] = base + gradient * (way / length);
        const double above = objective(moved).item<double>();
        moved[name] = base - gradient * (way / length);
        const double below = objective(moved).item<double>();
        EXPECT_NEAR((above - below) / (2 * way) / length, 1, 0.05) << name;
    }
}

}  // namespace maquette::recon::testing
