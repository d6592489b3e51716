#include "recon/diffusion/noise_schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>

#include "render/error.h"

namespace maquette::recon::diffusion {

double NoiseLevel::log_snr() const {
    if (sigma <= 0) return std::numeric_limits<double>::infinity();
    if (alpha <= 0) return -std::numeric_limits<double>::infinity();
    return 2 * std::log(alpha / sigma);
}

NoiseSchedule NoiseSchedule::cosine() {
    return NoiseSchedule(Kind::cosine);
}

NoiseSchedule NoiseSchedule::rectified_flow() {
    return NoiseSchedule(Kind::rectified_flow);
}

NoiseSchedule NoiseSchedule::scaled_linear(double beta_start, double beta_end, int steps) {
    if (!(beta_start > 0 && beta_start <= beta_end && beta_end < 1) || steps < 1) {
        throw UsageError(
            fmt::format("noise schedule with betas {} to {} in {} steps; give 0 < start <= end < 1 and 1 or more steps",
                        beta_start, beta_end, steps));
    }
    NoiseSchedule schedule(Kind::scaled_linear);
    schedule.log_alpha_squared_ = {0};
    const double first = std::sqrt(beta_start);
    const double last = std::sqrt(beta_end);
    for (int k = 0; k < steps; ++k) {
        const double root = steps == 1 ? first : first + (last - first) * k / (steps - 1);
        schedule.log_alpha_squared_.push_back(schedule.log_alpha_squared_.back() + std::log1p(-root * root));
    }
    return schedule;
}

NoiseLevel NoiseSchedule::at(double time) const {
    if (!(time >= 0 && time <= 1)) {
        throw UsageError(fmt::format("diffusion time {} is outside 0 (data) .. 1 (noise)", time));
    }
    switch (kind_) {
        case Kind::cosine: {
            const double angle = time * std::numbers::pi / 2;
            return {time, time == 1 ? 0 : std::cos(angle), std::sin(angle)};
        }
        case Kind::rectified_flow:
            return {time, 1 - time, time};
        case Kind::scaled_linear:
            break;
    }
    const auto intervals = log_alpha_squared_.size() - 1;
    const double place = time * static_cast<double>(intervals);
    const auto k = std::min(static_cast<std::size_t>(place), intervals - 1);
    const double share = place - static_cast<double>(k);
    const double log_alpha_squared = std::lerp(log_alpha_squared_[k], log_alpha_squared_[k + 1], share);
    return {time, std::exp(log_alpha_squared / 2), std::sqrt(-std::expm1(log_alpha_squared))};
}

double NoiseSchedule::time_of_log_snr(double log_snr) const {
    switch (kind_) {
        case Kind::cosine:
            return 2 / std::numbers::pi * std::atan(std::exp(-log_snr / 2));
        case Kind::rectified_flow:
            return 1 / (1 + std::exp(log_snr / 2));
        case Kind::scaled_linear:
            break;
    }
    const double wanted = -std::log1p(std::exp(-log_snr));
    const auto& table = log_alpha_squared_;
    if (wanted >= 0) return 0;
    if (wanted <= table.back()) return 1;
    const auto below = std::lower_bound(table.begin(), table.end(), wanted, std::greater<>());
    const auto k = static_cast<double>(below - table.begin() - 1);
    const double share = (*(below - 1) - wanted) / (*(below - 1) - *below);
    return (k + share) / static_cast<double>(table.size() - 1);
}

double NoiseSchedule::timestep(double time) const {
    constexpr double usual_steps = 1000;
    if (kind_ != Kind::scaled_linear) return usual_steps * time;
    return time * static_cast<double>(log_alpha_squared_.size() - 1) - 1;
}

}  // namespace maquette::recon::diffusion
