#pragma once

#include <vector>

#include "recon/diffusion/noise_schedule.h"

namespace maquette::recon::diffusion {

enum class TimeSpacing {
    plain,    ///< evenly in time
    log_snr,  ///< evenly in log(alpha^2 / sigma^2): sigma / alpha shrinks by the same factor each step
    karras,   ///< evenly in (sigma / alpha)^(1 / rho) (Karras et al., NeurIPS 2022, equation 5)
};

struct TimeGridOptions {
    TimeSpacing spacing = TimeSpacing::karras;
    int steps = 20;
    double noisiest = 15;    ///< sigma / alpha of the first level; Stable Diffusion's is 14.6
    double cleanest = 0.02;  ///< sigma / alpha of the last level before the data; plain spacing needs none
    double rho = 7;          ///< karras only
};

/// steps + 1 levels from the noisiest to data without noise (time 0). A coupled sampler amplifies what the grid's large
/// steps get wrong, so that EDICT looks broken on plain grids.
/// Throws UsageError unless steps >= 1, 0 < cleanest < noisiest and rho >= 1.
std::vector<NoiseLevel> time_grid(const NoiseSchedule& schedule, const TimeGridOptions& options);

/// The last `strength` (0..1) of a grid, for edits that keep some of a picture: at least one step where strength > 0.
/// Throws UsageError when strength is outside 0..1.
std::vector<NoiseLevel> last_part(const std::vector<NoiseLevel>& grid, double strength);

}  // namespace maquette::recon::diffusion
