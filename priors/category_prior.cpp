#include "priors/category_prior.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <utility>

#include "render/error.h"
#include "render/io/safetensors.h"
#include "render/ray_caster.h"
#include "render/voxelize.h"

namespace maquette::priors {
namespace {

/// Weights that sum to 1 up to rounding keep their bits, so that saving, loading and blending do not drift.
std::vector<float> normalised(std::vector<float> weights) {
    const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
    if (std::abs(sum - 1) > 1e-5) {
        for (float& weight : weights) {
            weight = static_cast<float>(static_cast<double>(weight) / sum);
        }
    }
    return weights;
}

template <typename GridType>
void require_same_shape(const GridType& grid, int resolution, double side, const std::string& name,
                        std::size_t number) {
    const auto r = static_cast<std::size_t>(resolution);
    if (grid.resolution != resolution || grid.values.size() != r * r * r || grid.side != side) {
        throw UsageError(
            fmt::format("prior '{}': exemplar {} has a grid of {}^3 over side {:.4f}, exemplar 1 one of "
                        "{}^3 over side {:.4f}; build all exemplars alike",
                        name, number, grid.resolution, grid.side, resolution, side));
    }
}

/// Summed in double: the result does not depend on how many exemplars came before.
template <typename GridType, typename Select>
GridType weighted_mean(const std::vector<Exemplar>& exemplars, const std::vector<float>& weights, Select select) {
    const GridType& first = select(exemplars.front());
    std::vector<double> sums(first.values.size(), 0.0);
    for (std::size_t k = 0; k < exemplars.size(); ++k) {
        const GridType& grid = select(exemplars[k]);
        const double weight = weights[k];
        for (std::size_t i = 0; i < sums.size(); ++i) {
            sums[i] += weight * static_cast<double>(grid.values[i]);
        }
    }
    GridType mean(first.resolution, 0, first.side);
    std::transform(sums.begin(), sums.end(), mean.values.begin(), [](double sum) { return static_cast<float>(sum); });
    return mean;
}

}  // namespace

CategoryPrior CategoryPrior::empty(int resolution) {
    CategoryPrior prior;
    prior.name = "none";
    prior.mean = render::VoxelGrid(resolution);
    return prior;
}

Exemplar make_exemplar(const render::TriangleMesh& mesh, Provenance provenance) {
    if (mesh.empty()) {
        throw InputError(fmt::format("'{}' has no triangles; it cannot be an exemplar", provenance.name));
    }
    const Eigen::AlignedBox3f box = mesh.bounding_box();
    const float half = static_cast<float>(render::default_grid_side / 2) + 1e-4F;
    if (!(box.min().minCoeff() >= -half && box.max().maxCoeff() <= half)) {
        throw InputError(fmt::format(
            "'{}' spans [{:.3f} {:.3f} {:.3f}] to [{:.3f} {:.3f} {:.3f}], which leaves the object frame "
            "(-0.5 to 0.5); normalise the mesh first",
            provenance.name, box.min().x(), box.min().y(), box.min().z(), box.max().x(), box.max().y(), box.max().z()));
    }
    const render::RayCaster caster(mesh);
    render::SolidFields fields = render::solid_fields(mesh, caster, prior_resolution, prior_distance_band);
    for (float& value : fields.distance.values) {
        value = render::half_to_float(render::float_to_half(value));
    }
    return {std::move(fields.occupancy), std::move(fields.distance), std::move(provenance)};
}

CategoryPrior make_prior(std::string name, std::vector<Exemplar> exemplars, std::vector<float> weights) {
    if (exemplars.empty()) {
        throw UsageError(fmt::format("prior '{}' has no exemplars; give at least one shape", name));
    }
    if (exemplars.size() > static_cast<std::size_t>(max_exemplars)) {
        throw UsageError(fmt::format("prior '{}' has {} exemplars, at most {} are possible; give fewer shapes", name,
                                     exemplars.size(), max_exemplars));
    }
    if (weights.empty()) {
        weights.assign(exemplars.size(), 1.0F);
    }
    if (weights.size() != exemplars.size()) {
        throw UsageError(
            fmt::format("prior '{}' has {} exemplars but {} weights", name, exemplars.size(), weights.size()));
    }
    for (const float weight : weights) {
        if (!std::isfinite(weight) || weight < 0) {
            throw UsageError(fmt::format("prior '{}': weight {} is not a number of 0 or more", name, weight));
        }
    }
    if (std::none_of(weights.begin(), weights.end(), [](float weight) { return weight > 0; })) {
        throw UsageError(fmt::format("prior '{}': all weights are 0; give at least one above 0", name));
    }
    const render::VoxelGrid& first = exemplars.front().occupancy;
    for (std::size_t k = 0; k < exemplars.size(); ++k) {
        require_same_shape(exemplars[k].occupancy, first.resolution, first.side, name, k + 1);
        require_same_shape(exemplars[k].distance, first.resolution, first.side, name, k + 1);
    }
    CategoryPrior prior;
    prior.name = std::move(name);
    prior.weights = normalised(std::move(weights));
    prior.mean = weighted_mean<render::VoxelGrid>(
        exemplars, prior.weights, [](const Exemplar& e) -> const render::VoxelGrid& { return e.occupancy; });
    for (float& value : prior.mean.values) {
        value = std::clamp(value, 0.0F, 1.0F);
    }
    prior.exemplars = std::move(exemplars);
    return prior;
}

CategoryPrior random_subset(const CategoryPrior& prior, int count, std::uint64_t seed) {
    const std::size_t available = prior.exemplars.size();
    if (count < 1 || static_cast<std::size_t>(count) > available) {
        throw UsageError(fmt::format("{} exemplars asked of prior '{}', which has {}; ask for 1 to {}", count,
                                     prior.name, available, available));
    }
    std::vector<std::size_t> order(available);
    std::iota(order.begin(), order.end(), std::size_t{0});
    // The standard distributions differ between libraries; the generator itself does not.
    std::mt19937_64 generator(seed);
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
        std::swap(order[i], order[i + generator() % (available - i)]);
    }
    std::vector<Exemplar> chosen;
    std::vector<float> weights;
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
        chosen.push_back(prior.exemplars[order[i]]);
        weights.push_back(prior.weights[order[i]]);
    }
    if (std::none_of(weights.begin(), weights.end(), [](float weight) { return weight > 0; })) {
        weights.clear();
    }
    return make_prior(prior.name, std::move(chosen), std::move(weights));
}

CategoryPrior blend(const std::vector<WeightedPrior>& parts) {
    if (parts.empty()) {
        throw UsageError("nothing to blend; give at least one prior");
    }
    double total = 0;
    for (const WeightedPrior& part : parts) {
        if (part.prior == nullptr) {
            throw UsageError("a part of the blend has no prior");
        }
        if (!std::isfinite(part.weight) || part.weight <= 0) {
            throw UsageError(
                fmt::format("weight {} of prior '{}' is not a number above 0", part.weight, part.prior->name));
        }
        if (part.prior->exemplars.empty() && parts.size() > 1) {
            throw UsageError(fmt::format("prior '{}' is empty and cannot be blended with others", part.prior->name));
        }
        total += part.weight;
    }
    if (parts.size() == 1) {
        return *parts.front().prior;
    }
    std::string name;
    std::vector<Exemplar> exemplars;
    std::vector<float> weights;
    for (const WeightedPrior& part : parts) {
        const double share = part.weight / total;
        name += fmt::format("{}{}:{:.3g}", name.empty() ? "" : " + ", part.prior->name, share);
        for (std::size_t k = 0; k < part.prior->exemplars.size(); ++k) {
            exemplars.push_back(part.prior->exemplars[k]);
            weights.push_back(static_cast<float>(share * static_cast<double>(part.prior->weights[k])));
        }
    }
    return make_prior(std::move(name), std::move(exemplars), std::move(weights));
}

render::SignedDistanceGrid mean_distance(const CategoryPrior& prior) {
    if (prior.exemplars.empty()) {
        throw UsageError(fmt::format("prior '{}' has no exemplars, hence no mean distance", prior.name));
    }
    return weighted_mean<render::SignedDistanceGrid>(
        prior.exemplars, prior.weights,
        [](const Exemplar& e) -> const render::SignedDistanceGrid& { return e.distance; });
}

render::SignedDistanceGrid expected_distance(const CategoryPrior& prior) {
    if (!prior.exemplars.empty()) return mean_distance(prior);
    render::SignedDistanceGrid distance(prior.mean.resolution, 0, prior.mean.side);
    std::transform(prior.mean.values.begin(), prior.mean.values.end(), distance.values.begin(),
                   [](float occupancy) { return (1 - 2 * occupancy) * prior_distance_band; });
    return distance;
}

}  // namespace maquette::priors
