#include "recon/refine/prior_trust.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "render/error.h"

namespace maquette::recon {
namespace {

render::VoxelGrid alone_of_one(const RefinementNetwork& network, const EncodedViews& views, int iterations) {
    const EncodedViews* const one = &views;
    return std::move(photos_alone(network, {&one, 1}, iterations).front());
}

/// Both solid from the thresholds on; none where one of them is nowhere.
std::optional<double> overlap(const render::Grid& a, float threshold_a, const render::Grid& b, float threshold_b) {
    if (a.resolution != b.resolution) {
        throw UsageError(fmt::format("a shape on {} cells a side cannot be compared with a prior on {}", a.resolution,
                                     b.resolution));
    }
    std::size_t count_a = 0;
    std::size_t count_b = 0;
    std::size_t both = 0;
    for (std::size_t i = 0; i < a.values.size(); ++i) {
        const bool in_a = a.values[i] >= threshold_a;
        const bool in_b = b.values[i] >= threshold_b;
        count_a += in_a ? 1 : 0;
        count_b += in_b ? 1 : 0;
        both += in_a && in_b ? 1 : 0;
    }
    if (count_a == 0 || count_b == 0) return std::nullopt;
    return static_cast<double>(both) / static_cast<double>(count_a + count_b - both);
}

}  // namespace

std::vector<render::VoxelGrid> photos_alone(const RefinementNetwork& network,
                                            std::span<const EncodedViews* const> views, int iterations) {
    if (iterations < 1)
        throw UsageError(fmt::format("{} steps from the empty prior; at least 1 is needed", iterations));
    const priors::CategoryPrior nothing = priors::CategoryPrior::empty();
    std::vector<render::VoxelGrid> shapes(views.size(), nothing.mean);
    for (int t = 0; t < iterations; ++t) {
        std::vector<RefinementQuery> queries;
        for (std::size_t i = 0; i < views.size(); ++i) queries.push_back({views[i], &nothing, &shapes[i], t});
        shapes = network.step_batch(queries);
    }
    return shapes;
}

PriorTrust::PriorTrust(const RefinementNetwork& network, const EncodedViews& views, const priors::CategoryPrior& prior,
                       int iterations, float threshold, const PriorTrustOptions& options)
    : PriorTrust(alone_of_one(network, views, iterations), prior, threshold, options) {}

PriorTrust::PriorTrust(render::VoxelGrid alone, const priors::CategoryPrior& prior, float threshold,
                       const PriorTrustOptions& options)
    : alone_(std::move(alone)) {
    if (prior.mean.values.empty()) return;
    const float highest = *std::max_element(prior.mean.values.begin(), prior.mean.values.end());
    if (!(highest > 0)) return;
    // The mean of unlike shapes may nowhere reach the threshold.
    agreement_ = overlap(alone_, threshold, prior.mean, std::min(threshold, highest / 2));
    if (!agreement_) return;
    share_ =
        std::clamp((*agreement_ - options.no_agreement) / (options.full_agreement - options.no_agreement), 0.0, 1.0);
}

render::VoxelGrid PriorTrust::mixed(const render::VoxelGrid& with_prior) const {
    if (share_ >= 1) return with_prior;
    render::VoxelGrid result = with_prior;
    const bool finer = alone_.resolution != with_prior.resolution;
    const render::VoxelGrid resampled = finer ? render::resampled(alone_, with_prior.resolution) : render::VoxelGrid();
    const std::vector<float>& alone = finer ? resampled.values : alone_.values;
    const auto share = static_cast<float>(share_);
    for (std::size_t i = 0; i < result.values.size(); ++i) {
        result.values[i] = share * result.values[i] + (1 - share) * alone[i];
    }
    return result;
}

}  // namespace maquette::recon
