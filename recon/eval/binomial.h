#pragma once

#include "recon/eval/metrics.h"

namespace maquette::recon {

/// Share of successes with its exact interval (Clopper & Pearson, Biometrika 1934): the true share that would give this
/// many or more, or this many or fewer, with half the remaining probability each. Throws UsageError unless 0 <=
/// successes <= trials, trials >= 1 and 0 < confidence < 1.
Interval binomial_share(int successes, int trials, double confidence = 0.95);

}  // namespace maquette::recon
