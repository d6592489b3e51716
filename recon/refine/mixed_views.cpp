#include "recon/refine/mixed_views.h"

#include <fmt/format.h>

#include <utility>

#include "recon/refine/correspondence.h"
#include "render/error.h"

namespace maquette::recon {
namespace {

class MixingNetwork : public RefinementNetwork {
public:
    explicit MixingNetwork(std::shared_ptr<const RefinementNetwork> network) : network_(std::move(network)) {}

    [[nodiscard]] std::string architecture() const override { return network_->architecture(); }
    [[nodiscard]] bool needs_cameras() const override { return network_->needs_cameras(); }
    [[nodiscard]] long long parameter_count() const override { return network_->parameter_count(); }
    [[nodiscard]] float threshold() const override { return network_->threshold(); }
    [[nodiscard]] int default_iterations() const override { return network_->default_iterations(); }
    [[nodiscard]] int iterations_for(int views) const override { return network_->iterations_for(views); }
    [[nodiscard]] const std::map<std::string, std::string>& metadata() const override { return network_->metadata(); }
    [[nodiscard]] std::unique_ptr<EncodedViews> encode(std::span<const View> views) const override {
        return network_->encode(views);
    }

    [[nodiscard]] render::VoxelGrid step(const EncodedViews& views, const priors::CategoryPrior& prior,
                                         const render::VoxelGrid& current, int iteration) const override {
        const RefinementQuery query{&views, &prior, &current, iteration};
        return step_batch({&query, 1}).front();
    }

    [[nodiscard]] std::vector<render::VoxelGrid> step_batch(std::span<const RefinementQuery> queries) const override {
        std::vector<RefinementQuery> single;
        std::vector<std::pair<std::size_t, double>> origins;  // query and belief of each single one
        std::vector<DisplacementGrid> displacements;
        for (std::size_t q = 0; q < queries.size(); ++q) {
            const auto* mixed = dynamic_cast<const MixedViews*>(queries[q].views);
            if (mixed == nullptr) {
                single.push_back(queries[q]);
                origins.emplace_back(q, 1);
                continue;
            }
            for (const auto& alternative : mixed->alternatives()) {
                single.push_back(queries[q]);
                single.back().views = alternative.views.get();
                origins.emplace_back(q, alternative.belief);
            }
        }
        displacements.resize(single.size());
        for (std::size_t i = 0; i < single.size(); ++i) {
            if (single[i].displacement != nullptr) single[i].displacement = &displacements[i];
        }
        const auto steps = network_->step_batch(single);
        std::vector<render::VoxelGrid> results(queries.size());
        for (std::size_t i = 0; i < steps.size(); ++i) {
            const auto [query, belief] = origins[i];
            add(steps[i], belief, results[query]);
            if (queries[query].displacement == nullptr) continue;
            // Cleared once: what comes in may be left over from another step.
            if (i == 0 || origins[i - 1].first != query) *queries[query].displacement = {};
            add_scaled(*queries[query].displacement, displacements[i], belief);
        }
        return results;
    }

    [[nodiscard]] std::unique_ptr<EncodedViews> posed(const EncodedViews& views, int view,
                                                      std::span<const render::Camera> cameras) const override {
        const auto* mixed = dynamic_cast<const MixedViews*>(&views);
        return network_->posed(mixed == nullptr ? views : *mixed->alternatives().front().views, view, cameras);
    }
    [[nodiscard]] bool judges_cameras() const override { return network_->judges_cameras(); }
    [[nodiscard]] std::vector<CameraJudgement> judge_cameras(std::span<const RefinementQuery> queries,
                                                             std::span<const CropCamera> cameras) const override {
        return network_->judge_cameras(queries, cameras);
    }

    /// Undecided between cameras, nothing finer than the mean is known.
    [[nodiscard]] bool has_detail(const EncodedViews& views) const override {
        return dynamic_cast<const MixedViews*>(&views) == nullptr && network_->has_detail(views);
    }

    [[nodiscard]] render::VoxelGrid detail(const RefinementQuery& query, int resolution) const override {
        return has_detail(*query.views) ? network_->detail(query, resolution)
                                        : RefinementNetwork::detail(query, resolution);
    }

    [[nodiscard]] const DifferentiableRefiner* differentiable() const override { return network_->differentiable(); }

private:
    static void add(const render::VoxelGrid& part, double weight, render::VoxelGrid& sum) {
        if (sum.values.empty()) sum = render::VoxelGrid(part.resolution, 0, part.side);
        for (std::size_t i = 0; i < sum.values.size(); ++i)
            sum.values[i] += static_cast<float>(weight) * part.values[i];
    }

    std::shared_ptr<const RefinementNetwork> network_;
};

}  // namespace

MixedViews::MixedViews(std::vector<Alternative> alternatives) : alternatives_(std::move(alternatives)) {
    if (alternatives_.empty()) throw UsageError("no alternative to mix; give at least one");
    double total = 0;
    for (const auto& alternative : alternatives_) {
        if (alternative.views->count() != count()) {
            throw UsageError(
                fmt::format("alternatives of {} and {} views cannot be mixed", count(), alternative.views->count()));
        }
        if (!(alternative.belief > 0)) {
            throw UsageError(fmt::format("belief in an alternative is {}; leave it out", alternative.belief));
        }
        total += alternative.belief;
    }
    for (auto& alternative : alternatives_) alternative.belief /= total;
}

std::unique_ptr<EncodedViews> MixedViews::pick(std::span<const int> views) const {
    std::vector<Alternative> picked;
    for (const auto& alternative : alternatives_) {
        picked.push_back({alternative.views->pick(views), alternative.belief});
    }
    return std::make_unique<MixedViews>(std::move(picked));
}

std::shared_ptr<const RefinementNetwork> mixing(std::shared_ptr<const RefinementNetwork> network) {
    return std::make_shared<MixingNetwork>(std::move(network));
}

}  // namespace maquette::recon
