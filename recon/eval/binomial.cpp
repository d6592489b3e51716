#include "recon/eval/binomial.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "render/error.h"

namespace maquette::recon {
namespace {

/// Probability of at most `successes`.
double at_most(int successes, int trials, double share) {
    if (share <= 0) return 1;
    if (share >= 1) return successes >= trials ? 1 : 0;
    double sum = 0;
    for (int k = 0; k <= successes; ++k) {
        const double ways = std::lgamma(trials + 1.0) - std::lgamma(k + 1.0) - std::lgamma(trials - k + 1.0);
        sum += std::exp(ways + k * std::log(share) + (trials - k) * std::log1p(-share));
    }
    return std::min(sum, 1.0);
}

/// The share at which at_most falls to `probability`.
double share_where(int successes, int trials, double probability) {
    double low = 0;
    double high = 1;
    for (int i = 0; i < 60; ++i) {
        const double middle = (low + high) / 2;
        (at_most(successes, trials, middle) > probability ? low : high) = middle;
    }
    return (low + high) / 2;
}

}  // namespace

Interval binomial_share(int successes, int trials, double confidence) {
    if (trials < 1 || successes < 0 || successes > trials || !(confidence > 0 && confidence < 1)) {
        throw UsageError(fmt::format("no interval for {} of {} at confidence {}", successes, trials, confidence));
    }
    const double tail = (1 - confidence) / 2;
    return {static_cast<double>(successes) / trials, successes == 0 ? 0 : share_where(successes - 1, trials, 1 - tail),
            successes == trials ? 1 : share_where(successes, trials, tail)};
}

}  // namespace maquette::recon
