#include "recon/eval/diffusion_bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <utility>

#include "recon/diffusion/novel_view_denoiser.h"
#include "recon/eval/dataset_views.h"
#include "recon/eval/prior_sampler.h"
#include "recon/refine/prior_trust.h"
#include "recon/refine/refined_shape.h"
#include "render/error.h"

namespace maquette::recon {
namespace {

/// One view for each angle that some view of the shape has.
std::vector<ViewTarget> targets_of(const ShapeDataset& dataset, int shape, const View& photo, int photo_view) {
    const CropCamera from = crop_camera_of(*photo.camera);
    const int count = dataset.shapes()[static_cast<std::size_t>(shape)].view_count;
    std::vector<View> views;
    for (int v = 0; v < count; ++v) views.push_back(view_of(dataset, shape, v));
    std::vector<ViewTarget> targets;
    for (const int angle : view_angles) {
        int best = -1;
        double off = view_angle_slack;
        for (int v = 0; v < count; ++v) {
            const double turned =
                std::abs(azimuth_between(crop_camera_of(*views[static_cast<std::size_t>(v)].camera), from));
            if (v == photo_view || std::abs(turned - angle) >= off) continue;
            best = v;
            off = std::abs(turned - angle);
        }
        if (best >= 0) targets.push_back({angle, views[static_cast<std::size_t>(best)]});
    }
    return targets;
}

render::VoxelGrid refined(const RefinementNetwork& network, const ViewQuery& query) {
    const auto encoded = network.encode({&query.photo, 1});
    const int iterations = network.default_iterations();
    return PriorTrust(network, *encoded, query.prior, iterations, network.threshold())
        .mixed(refined_shape(network, *encoded, query.prior, iterations));
}

}  // namespace

DiffusionBench::DiffusionBench(const ShapeDataset& dataset, priors::Split split, Networks networks,
                               const DiffusionBenchOptions& options,
                               std::function<void(const std::string&, double)> progress, std::stop_token stop)
    : networks_(std::move(networks)), options_(options), progress_(std::move(progress)), stop_(std::move(stop)) {
    // Exemplars of novel categories are the other shapes of the category; those of base categories are training shapes.
    const PriorSampler sampler(dataset,
                               shapes_of(dataset, split == priors::Split::novel ? split : priors::Split::train));
    const auto shapes = shapes_of(dataset, split);
    std::map<std::string, int> taken;
    std::mt19937_64 random(options.seed);
    for (std::size_t s = 0; s < shapes.size(); ++s) {
        announce("coarse shapes", static_cast<double>(s) / static_cast<double>(shapes.size()));
        const auto& info = dataset.shapes()[static_cast<std::size_t>(shapes[s])];
        const auto exemplars = sampler.draw(info.category, shapes[s], 1, random);
        if (info.view_count < 2 * options.views) continue;
        if (options.shapes_per_category > 0 && taken[info.category] >= options.shapes_per_category) continue;
        ++taken[info.category];
        auto category = std::find(categories_.begin(), categories_.end(), info.category);
        if (category == categories_.end()) category = categories_.insert(category, info.category);
        for (int v = 0; v < options.views; ++v) {
            ViewQuery query{.shape = shapes[s], .category = static_cast<int>(category - categories_.begin())};
            const int view = v * info.view_count / options.views;
            query.photo = view_of(dataset, query.shape, view);
            query.prior = sampler.prior(exemplars);
            query.truth = dataset.occupancy(query.shape, query.prior.mean.resolution);
            query.coarse = refined(*networks_.refiner, query);
            query.targets = targets_of(dataset, query.shape, query.photo, view);
            queries_.push_back(std::move(query));
        }
    }
    if (queries_.empty()) {
        throw InputError(
            fmt::format("the dataset holds no {} shapes with {} views or more; build it from the whole "
                        "catalogue",
                        priors::to_string(split), 2 * options.views));
    }
}

int DiffusionBench::picture_size() const {
    return networks_.novel_view->model.config().image_size;
}

void DiffusionBench::announce(const std::string& stage, double share) const {
    if (stop_.stop_requested()) throw Interrupted("interrupted; no report was written");
    if (progress_) progress_(stage, share);
}

std::vector<ShapeScore> DiffusionBench::by_shape(const std::vector<double>& per_query) const {
    if (per_query.size() != queries_.size()) {
        throw UsageError(fmt::format("{} figures for {} queries", per_query.size(), queries_.size()));
    }
    std::map<int, std::pair<ShapeScore, int>> sums;
    for (std::size_t i = 0; i < per_query.size(); ++i) {
        if (std::isnan(per_query[i])) continue;
        auto& [score, count] = sums[queries_[i].shape];
        score.category = queries_[i].category;
        score.value += per_query[i];
        ++count;
    }
    std::vector<ShapeScore> scores;
    for (auto& [shape, sum] : sums) scores.push_back({sum.first.category, sum.first.value / sum.second});
    return scores;
}

}  // namespace maquette::recon
