#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "priors/category_prior.h"
#include "recon/data/shape_dataset.h"
#include "render/grid.h"

namespace maquette::recon {

/// Draws k-shot priors: means of random shapes of a category, never the query itself nor a near-duplicate of it
/// (DESIGN section 9). Keeps all 32^3 occupancies and distances in memory.
class PriorSampler {
public:
    /// `members`: dataset indices that may serve as exemplars.
    PriorSampler(const ShapeDataset& dataset, const std::vector<int>& members);

    /// Up to `count` different exemplars (fewer when the category has no more), in random order.
    [[nodiscard]] std::vector<int> draw(const std::string& category, int query, int count,
                                        std::mt19937_64& random) const;
    /// Every exemplar of the category that `query` may use.
    [[nodiscard]] std::vector<int> candidates(const std::string& category, int query) const;
    /// Every exemplar, whatever the category, that `query` may use.
    [[nodiscard]] std::vector<int> all_candidates(int query) const;

    /// Mean occupancy [32, 32, 32]; zeros for an empty list.
    [[nodiscard]] render::VoxelGrid mean(const std::vector<int>& shapes) const;
    /// Mean clamped distance [32, 32, 32]; `priors::prior_distance_band` everywhere for an empty list.
    [[nodiscard]] render::SignedDistanceGrid mean_distance(const std::vector<int>& shapes) const;
    /// The mean and, for networks that ask them, the exemplars themselves, without provenance.
    [[nodiscard]] priors::CategoryPrior prior(const std::vector<int>& shapes) const;
    [[nodiscard]] const render::VoxelGrid& occupancy(int shape) const { return occupancies_.at(shape); }
    [[nodiscard]] std::vector<std::string> categories() const;

private:
    [[nodiscard]] bool usable(int candidate, int query) const;

    const ShapeDataset* dataset_;
    std::map<std::string, std::vector<int>> by_category_;
    std::map<int, render::VoxelGrid> occupancies_;
    std::map<int, render::SignedDistanceGrid> distances_;
};

/// Dataset indices of a split, in file order.
std::vector<int> shapes_of(const ShapeDataset& dataset, priors::Split split);

/// Uniform below `bound`, the same on every standard library.
std::uint64_t uniform_below(std::mt19937_64& random, std::uint64_t bound);

}  // namespace maquette::recon
