#include "recon/refine/refiner.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "render/error.h"

namespace maquette::recon {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

double mean_absolute_difference(const render::Grid& a, const render::Grid& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.values.size(); ++i) sum += std::abs(a.values[i] - b.values[i]);
    return sum / static_cast<double>(std::max<std::size_t>(a.values.size(), 1));
}

}  // namespace

Refiner::Refiner(std::shared_ptr<const RefinementNetwork> network) : network_(std::move(network)) {}

RefinementResult Refiner::run(std::span<const View> views, const priors::CategoryPrior& prior,
                              const RefineOptions& options, const RefinementObserver& observer,
                              const std::stop_token& stop) const {
    const auto start = Clock::now();
    const auto encoded = network_->encode(views);
    const double encode_seconds = seconds_since(start);
    RefinementResult result = run(*encoded, prior, options, observer, stop);
    result.encode_seconds = encode_seconds;
    return result;
}

RefinementResult Refiner::run(const EncodedViews& views, const priors::CategoryPrior& prior,
                              const RefineOptions& options, const RefinementObserver& observer,
                              const std::stop_token& stop) const {
    if (options.iterations < 0 || options.iterations > 100) {
        throw UsageError(fmt::format("{} iterations asked for; give 1 to 100", options.iterations));
    }
    if (!(options.tolerance >= 0 && options.tolerance <= 1)) {
        throw UsageError(fmt::format("a tolerance of {} was asked for; give 0 to 1", options.tolerance));
    }
    const int iterations = options.iterations > 0 ? options.iterations : network_->iterations_for(views.count());

    auto current = std::make_shared<RefinementSnapshot>();
    current->iterations = iterations;
    current->occupancy = prior.mean;
    if (observer) observer(current);

    RefinementResult result;
    for (int i = 0; i < iterations; ++i) {
        if (stop.stop_requested()) {
            result.interrupted = true;
            break;
        }
        const auto start = Clock::now();
        auto next = std::make_shared<RefinementSnapshot>();
        next->iteration = i + 1;
        next->iterations = iterations;
        DisplacementGrid displacement;
        const RefinementQuery query{&views, &prior, &current->occupancy, i,
                                    options.correspondence ? &displacement : nullptr};
        next->occupancy = std::move(network_->step_batch({&query, 1}).front());
        if (options.correspondence) result.correspondence = composed(result.correspondence, displacement);
        next->change = mean_absolute_difference(next->occupancy, current->occupancy);
        next->seconds = seconds_since(start);
        result.step_seconds.push_back(next->seconds);
        result.before = std::exchange(current, next);
        if (observer) observer(current);
        if (current->change < options.tolerance && i + 1 < iterations) {
            result.settled = true;
            break;
        }
    }
    result.final = current;
    return result;
}

}  // namespace maquette::recon
