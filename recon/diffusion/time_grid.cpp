#include "recon/diffusion/time_grid.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "render/error.h"

namespace maquette::recon::diffusion {

std::vector<NoiseLevel> time_grid(const NoiseSchedule& schedule, const TimeGridOptions& options) {
    if (options.steps < 1 || !(options.cleanest > 0 && options.cleanest < options.noisiest) || !(options.rho >= 1)) {
        throw UsageError(
            fmt::format("time grid of {} steps from sigma/alpha {} to {} with rho {}; give 1 or more steps, 0 < "
                        "cleanest < noisiest and rho >= 1",
                        options.steps, options.noisiest, options.cleanest, options.rho));
    }
    const auto time_at = [&](double ratio) { return schedule.time_of_log_snr(-2 * std::log(ratio)); };
    const double first_time = time_at(options.noisiest);
    std::vector<NoiseLevel> levels;
    for (int i = 0; i < options.steps; ++i) {
        const double plain_share = static_cast<double>(i) / options.steps;
        // The last step leads to the data, so that the other spacings have one interval fewer to divide.
        const double share = options.steps == 1 ? 0 : static_cast<double>(i) / (options.steps - 1);
        switch (options.spacing) {
            case TimeSpacing::plain:
                levels.push_back(schedule.at(first_time * (1 - plain_share)));
                break;
            case TimeSpacing::log_snr:
                levels.push_back(schedule.at(
                    time_at(std::exp(std::lerp(std::log(options.noisiest), std::log(options.cleanest), share)))));
                break;
            case TimeSpacing::karras: {
                const double root = std::lerp(std::pow(options.noisiest, 1 / options.rho),
                                              std::pow(options.cleanest, 1 / options.rho), share);
                levels.push_back(schedule.at(time_at(std::pow(root, options.rho))));
                break;
            }
        }
    }
    levels.push_back(schedule.at(0));
    return levels;
}

std::vector<NoiseLevel> last_part(const std::vector<NoiseLevel>& grid, double strength) {
    if (!(strength >= 0 && strength <= 1)) {
        throw UsageError(fmt::format("strength {} is outside 0 (keep all) .. 1 (keep nothing)", strength));
    }
    const auto steps = static_cast<double>(grid.size() - 1);
    const auto kept = static_cast<std::size_t>(std::ceil(strength * steps));
    return {grid.end() - static_cast<std::ptrdiff_t>(kept) - 1, grid.end()};
}

}  // namespace maquette::recon::diffusion
