#pragma once

#include "recon/diffusion/noise_schedule.h"

namespace maquette::recon::diffusion {

/// What a network's output stands for, each a fixed mixture of data x0 and noise eps.
enum class Parameterization {
    epsilon,   ///< eps (Ho et al. 2020)
    velocity,  ///< alpha eps - sigma x0 (Salimans & Ho 2022)
    sample,    ///< x0
    flow,      ///< eps - x0: dx/dt on straight paths
};

/// Shares of data and noise in an output at a level.
struct Mixture {
    double data = 0;
    double noise = 0;
};
Mixture mixture_of(Parameterization parameterization, const NoiseLevel& level);

/// x_next = x_scale x + output_scale output + noise_scale z, z standard normal: every first-order sampler on every
/// schedule is a sequence of these (DDIM, its inverse, ancestral sampling, Euler's method on a flow).
struct AffineStep {
    double x_scale = 1;
    double output_scale = 0;
    double noise_scale = 0;
};

/// The step that gives data * x0 + noise * eps, where x0 and eps are what `output` at `level` says they are.
/// Throws UsageError where the level leaves one of them undetermined (eps at alpha 0, x0 at sigma 0).
AffineStep step_to(Parameterization parameterization, const NoiseLevel& level, const Mixture& wanted);

/// DDIM from one level to another, either way (Song et al., "Denoising Diffusion Implicit Models", ICLR 2021, equation
/// 12 with sigma 0). On straight paths it is Euler's method.
AffineStep ddim_step(Parameterization parameterization, const NoiseLevel& from, const NoiseLevel& to);

/// The same with noise: eta 0 is DDIM, 1 is DDPM's posterior (equations 12 and 16). to: less noise than from.
AffineStep ancestral_step(Parameterization parameterization, const NoiseLevel& from, const NoiseLevel& to, double eta);

/// x_next = previous_scale x_previous + x_scale x + output_scale output(x): exactly invertible for previous_scale != 0
/// with one evaluation a step. `previous` is the noisier neighbour of the level at which the output was asked.
struct TwoStep {
    double previous_scale = 0;
    double x_scale = 0;
    double output_scale = 0;
};

/// BDIA-DDIM (Zhang et al., "Exact Diffusion Inversion via Bidirectional Integration Approximation", ECCV 2024):
/// ddim_down(x) + gamma (x_previous - ddim_up(x)). gamma: 0..1, above 0.
TwoStep bdia_step(Parameterization parameterization, const NoiseLevel& previous, const NoiseLevel& level,
                  const NoiseLevel& next, double gamma);

/// O-BELM (Wang et al., "BELM: Bidirectional Explicit Linear Multi-step Samplers", NeurIPS 2024): the
/// two-step formula of least truncation error, exact where x / alpha is quadratic in sigma / alpha.
TwoStep o_belm_step(Parameterization parameterization, const NoiseLevel& previous, const NoiseLevel& level,
                    const NoiseLevel& next);

}  // namespace maquette::recon::diffusion
