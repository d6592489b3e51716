#include "recon/refine/refinement_network.h"

#include <fmt/format.h>

#include "render/error.h"

namespace maquette::recon {

std::vector<render::VoxelGrid> RefinementNetwork::step_batch(std::span<const RefinementQuery> queries) const {
    std::vector<render::VoxelGrid> results;
    results.reserve(queries.size());
    for (const auto& query : queries) {
        results.push_back(step(*query.views, *query.prior, *query.current, query.iteration));
    }
    return results;
}

std::unique_ptr<EncodedViews> RefinementNetwork::posed(const EncodedViews& /*views*/, int /*view*/,
                                                       std::span<const render::Camera> /*cameras*/) const {
    throw UsageError(fmt::format("{} does not ask where photos were taken from", architecture()));
}

std::vector<CameraJudgement> RefinementNetwork::judge_cameras(std::span<const RefinementQuery> /*queries*/,
                                                              std::span<const CropCamera> /*cameras*/) const {
    throw UsageError(fmt::format("{} does not judge cameras", architecture()));
}

render::VoxelGrid RefinementNetwork::detail(const RefinementQuery& /*query*/, int /*resolution*/) const {
    throw UsageError(fmt::format("{} knows nothing finer than its steps here", architecture()));
}

}  // namespace maquette::recon
