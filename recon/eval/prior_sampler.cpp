#include "recon/eval/prior_sampler.h"

#include <utility>

#include "priors/category_prior.h"

namespace maquette::recon {

std::uint64_t uniform_below(std::mt19937_64& random, std::uint64_t bound) {
    return bound == 0 ? 0 : random() % bound;
}

std::vector<int> shapes_of(const ShapeDataset& dataset, priors::Split split) {
    std::vector<int> indices;
    for (std::size_t i = 0; i < dataset.shapes().size(); ++i) {
        if (dataset.shapes()[i].split == split) indices.push_back(static_cast<int>(i));
    }
    return indices;
}

PriorSampler::PriorSampler(const ShapeDataset& dataset, const std::vector<int>& members) : dataset_(&dataset) {
    for (const int shape : members) {
        by_category_[dataset.shapes()[static_cast<std::size_t>(shape)].category].push_back(shape);
        occupancies_.emplace(shape, dataset.occupancy(shape, 32));
        distances_.emplace(shape, dataset.distance(shape, 32));
    }
}

bool PriorSampler::usable(int candidate, int query) const {
    if (candidate == query) return false;
    const int cluster = dataset_->shapes()[static_cast<std::size_t>(query)].duplicate_cluster;
    return cluster < 0 || cluster != dataset_->shapes()[static_cast<std::size_t>(candidate)].duplicate_cluster;
}

std::vector<int> PriorSampler::candidates(const std::string& category, int query) const {
    std::vector<int> result;
    const auto found = by_category_.find(category);
    if (found == by_category_.end()) return result;
    for (const int shape : found->second) {
        if (usable(shape, query)) result.push_back(shape);
    }
    return result;
}

std::vector<int> PriorSampler::all_candidates(int query) const {
    std::vector<int> result;
    for (const auto& [category, shapes] : by_category_) {
        for (const int shape : shapes) {
            if (usable(shape, query)) result.push_back(shape);
        }
    }
    return result;
}

std::vector<int> PriorSampler::draw(const std::string& category, int query, int count, std::mt19937_64& random) const {
    std::vector<int> pool = candidates(category, query);
    const auto take = std::min<std::size_t>(static_cast<std::size_t>(count), pool.size());
    for (std::size_t i = 0; i < take; ++i) {
        std::swap(pool[i], pool[i + uniform_below(random, pool.size() - i)]);
    }
    pool.resize(take);
    return pool;
}

render::VoxelGrid PriorSampler::mean(const std::vector<int>& shapes) const {
    render::VoxelGrid result(32);
    const float weight = shapes.empty() ? 0.0F : 1.0F / static_cast<float>(shapes.size());
    for (const int shape : shapes) {
        const auto& values = occupancies_.at(shape).values;
        for (std::size_t i = 0; i < values.size(); ++i) result.values[i] += weight * values[i];
    }
    return result;
}

render::SignedDistanceGrid PriorSampler::mean_distance(const std::vector<int>& shapes) const {
    if (shapes.empty()) return render::SignedDistanceGrid(32, priors::prior_distance_band);
    render::SignedDistanceGrid result(32);
    const float weight = 1.0F / static_cast<float>(shapes.size());
    for (const int shape : shapes) {
        const auto& values = distances_.at(shape).values;
        for (std::size_t i = 0; i < values.size(); ++i) result.values[i] += weight * values[i];
    }
    return result;
}

priors::CategoryPrior PriorSampler::prior(const std::vector<int>& shapes) const {
    priors::CategoryPrior result;
    result.mean = mean(shapes);
    result.weights.assign(shapes.size(), shapes.empty() ? 0.0F : 1.0F / static_cast<float>(shapes.size()));
    for (const int shape : shapes) result.exemplars.push_back({occupancies_.at(shape), distances_.at(shape), {}});
    return result;
}

std::vector<std::string> PriorSampler::categories() const {
    std::vector<std::string> names;
    for (const auto& [category, shapes] : by_category_) names.push_back(category);
    return names;
}

}  // namespace maquette::recon
