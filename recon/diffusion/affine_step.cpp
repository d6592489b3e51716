#include "recon/diffusion/affine_step.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "render/error.h"

namespace maquette::recon::diffusion {

Mixture mixture_of(Parameterization parameterization, const NoiseLevel& level) {
    switch (parameterization) {
        case Parameterization::epsilon:
            return {0, 1};
        case Parameterization::velocity:
            return {-level.sigma, level.alpha};
        case Parameterization::sample:
            return {1, 0};
        case Parameterization::flow:
            break;
    }
    return {-1, 1};
}

AffineStep step_to(Parameterization parameterization, const NoiseLevel& level, const Mixture& wanted) {
    // x and the output are two mixtures of x0 and eps: solved for the third.
    const Mixture output = mixture_of(parameterization, level);
    const double determinant = level.alpha * output.noise - level.sigma * output.data;
    if (determinant == 0) {
        throw UsageError(
            fmt::format("at alpha {} and sigma {} the network's output does not tell data from noise; start from a "
                        "level between, or use the velocity",
                        level.alpha, level.sigma));
    }
    return {(wanted.data * output.noise - wanted.noise * output.data) / determinant,
            (wanted.noise * level.alpha - wanted.data * level.sigma) / determinant, 0};
}

AffineStep ddim_step(Parameterization parameterization, const NoiseLevel& from, const NoiseLevel& to) {
    return step_to(parameterization, from, {to.alpha, to.sigma});
}

AffineStep ancestral_step(Parameterization parameterization, const NoiseLevel& from, const NoiseLevel& to, double eta) {
    const double alpha_ratio = from.alpha / to.alpha;
    const double added_variance = from.sigma * from.sigma - alpha_ratio * alpha_ratio * to.sigma * to.sigma;
    const double deviation = eta * to.sigma / from.sigma * std::sqrt(std::max(added_variance, 0.0));
    const double kept = std::sqrt(std::max(to.sigma * to.sigma - deviation * deviation, 0.0));
    AffineStep step = step_to(parameterization, from, {to.alpha, kept});
    step.noise_scale = deviation;
    return step;
}

TwoStep bdia_step(Parameterization parameterization, const NoiseLevel& previous, const NoiseLevel& level,
                  const NoiseLevel& next, double gamma) {
    const AffineStep down = ddim_step(parameterization, level, next);
    const AffineStep up = ddim_step(parameterization, level, previous);
    return {gamma, down.x_scale - gamma * up.x_scale, down.output_scale - gamma * up.output_scale};
}

TwoStep o_belm_step(Parameterization parameterization, const NoiseLevel& previous, const NoiseLevel& level,
                    const NoiseLevel& next) {
    const double ratio = level.sigma / level.alpha;
    const double step = ratio - next.sigma / next.alpha;
    const double step_before = previous.sigma / previous.alpha - ratio;
    const double share = step * step / (step_before * step_before);
    const double eps_scale = -step * (step_before + step) / step_before * next.alpha;
    const AffineStep eps = step_to(parameterization, level, {0, 1});
    return {share * next.alpha / previous.alpha, (1 - share) * next.alpha / level.alpha + eps_scale * eps.x_scale,
            eps_scale * eps.output_scale};
}

}  // namespace maquette::recon::diffusion
