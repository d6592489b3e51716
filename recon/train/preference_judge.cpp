#include "recon/train/preference_judge.h"

#include <fmt/format.h>

#include <array>
#include <memory>

#include "recon/eval/metrics.h"
#include "render/error.h"

namespace maquette::recon {

Judgement judge_views(const RefinementNetwork& network, const View& photo, const priors::CategoryPrior& prior,
                      const render::VoxelGrid& truth, std::span<const View> views) {
    if (!network.needs_cameras()) {
        throw UsageError(
            fmt::format("{} takes no cameras, so that generated views have no place in it; judge with the flagship",
                        network.architecture()));
    }
    std::vector<View> all = {photo};
    all.insert(all.end(), views.begin(), views.end());
    const auto encoded = network.encode(all);
    std::vector<std::unique_ptr<EncodedViews>> asked;
    asked.push_back(encoded->pick(std::array{0}));
    for (int i = 1; i < static_cast<int>(all.size()); ++i) asked.push_back(encoded->pick(std::array{0, i}));

    std::vector<render::VoxelGrid> fields(asked.size(), prior.mean);
    for (int iteration = 0; iteration < network.default_iterations(); ++iteration) {
        std::vector<RefinementQuery> queries;
        for (std::size_t i = 0; i < asked.size(); ++i) {
            queries.push_back({asked[i].get(), &prior, &fields[i], iteration});
        }
        fields = network.step_batch(queries);
    }
    Judgement judgement;
    judgement.alone = iou(fields.front(), truth, network.threshold());
    for (std::size_t i = 1; i < fields.size(); ++i) {
        judgement.rewards.push_back(iou(fields[i], truth, network.threshold()) - judgement.alone);
    }
    return judgement;
}

}  // namespace maquette::recon
