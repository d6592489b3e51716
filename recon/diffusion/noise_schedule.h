#pragma once

#include <vector>

namespace maquette::recon::diffusion {

/// How much of a latent is data and how much noise: x = alpha data + sigma noise.
struct NoiseLevel {
    double time = 0;   ///< 0: data, 1: noise
    double alpha = 1;  ///< share of the data
    double sigma = 0;  ///< share of the noise, standard deviation

    /// log(alpha^2 / sigma^2); infinite at the ends.
    [[nodiscard]] double log_snr() const;
};

/// Noise by continuous time (Kingma et al., "Variational Diffusion Models", NeurIPS 2021, section 3).
class NoiseSchedule {
public:
    /// alpha = cos(pi t / 2), variance preserving (Salimans & Ho, "Progressive Distillation", ICLR 2022, section 2).
    static NoiseSchedule cosine();

    /// Stable Diffusion's: square roots of the betas evenly spaced over `steps` discrete steps (Rombach et al., CVPR
    /// 2022). Between them log(alpha^2) is linear in time, so that time k / steps is discrete step k - 1 exactly and
    /// time 0 is data without noise. Throws UsageError unless 0 < beta_start <= beta_end < 1 and steps >= 1.
    static NoiseSchedule scaled_linear(double beta_start = 0.00085, double beta_end = 0.012, int steps = 1000);

    /// alpha = 1 - t, sigma = t: straight paths (Liu et al., "Flow Straight and Fast", ICLR 2023).
    static NoiseSchedule rectified_flow();

    /// Throws UsageError when time is outside 0..1.
    [[nodiscard]] NoiseLevel at(double time) const;

    /// The time at which log_snr() has this value; 0 or 1 where it is out of reach.
    [[nodiscard]] double time_of_log_snr(double log_snr) const;

    /// What a network in diffusers' layout is told in place of the time: 1000 t, or the discrete step (-1 at time 0).
    [[nodiscard]] double timestep(double time) const;

private:
    enum class Kind { cosine, scaled_linear, rectified_flow };
    explicit NoiseSchedule(Kind kind) : kind_(kind) {}

    Kind kind_;
    std::vector<double> log_alpha_squared_;  ///< [steps + 1], falling from 0; scaled_linear only
};

}  // namespace maquette::recon::diffusion
