#include "recon/eval/query_set.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "recon/eval/dataset_views.h"
#include "render/error.h"
#include "render/parallel.h"

namespace maquette::recon {
namespace {

View icon_view(const ShapeDataset& dataset, int shape) {
    const render::Image icon = dataset.icon(shape);
    return make_view(icon, {}, std::nullopt, dataset.shapes()[static_cast<std::size_t>(shape)].id + " icon");
}

int category_index(std::vector<std::string>& categories, const std::string& name) {
    const auto found = std::find(categories.begin(), categories.end(), name);
    if (found != categories.end()) return static_cast<int>(found - categories.begin());
    categories.push_back(name);
    return static_cast<int>(categories.size()) - 1;
}

}  // namespace

QuerySet::QuerySet(const ShapeDataset& dataset, const std::vector<int>& tests, const PriorSampler& sampler, int views,
                   int draws, int max_shots, bool icons, std::uint64_t seed) {
    const std::vector<std::string> prior_categories = sampler.categories();
    for (const int index : tests) {
        const auto& info = dataset.shapes()[static_cast<std::size_t>(index)];
        if (icons && !info.has_icon) continue;
        Shape shape;
        shape.dataset_index = index;
        shape.category = category_index(categories_, info.category);
        shape.truth = dataset.occupancy(index, 32);
        // One generator a shape: leaving a shape out changes no other shape's draws.
        std::mt19937_64 random(seed * 1000003 + static_cast<std::uint64_t>(index));
        for (int d = 0; d < draws; ++d) {
            shape.draws.push_back(sampler.draw(info.category, index, max_shots, random));
            std::string wrong = info.category;
            while (wrong == info.category && prior_categories.size() > 1) {
                wrong = prior_categories[uniform_below(random, prior_categories.size())];
            }
            shape.wrong_draws.push_back(sampler.draw(wrong, index, max_shots, random));
        }
        const int shape_views = icons ? 1 : std::min(views, info.view_count);
        for (int v = 0; v < shape_views; ++v) {
            queries_.push_back({static_cast<int>(shapes_.size()), v, v % draws});
        }
        shape.views.resize(static_cast<std::size_t>(icons ? 1 : info.view_count));
        shapes_.push_back(std::move(shape));
    }
    render::parallel_for(shapes_.size(), 1, [&](std::size_t begin, std::size_t end) {
        for (std::size_t s = begin; s < end; ++s) {
            Shape& shape = shapes_[s];
            for (std::size_t v = 0; v < shape.views.size(); ++v) {
                shape.views[v] = icons ? icon_view(dataset, shape.dataset_index)
                                       : view_of(dataset, shape.dataset_index, static_cast<int>(v));
                shape.thumbnails.push_back(priors::make_thumbnail(shape.views[v].rgb, shape.views[v].mask));
            }
        }
    });
}

std::vector<ShapeScore> QuerySet::by_shape(const std::vector<double>& per_query) const {
    if (per_query.size() != queries_.size()) throw UsageError("one figure for every query is needed");
    std::vector<ShapeScore> scores(shapes_.size());
    std::vector<int> counts(shapes_.size(), 0);
    for (std::size_t q = 0; q < queries_.size(); ++q) {
        if (std::isnan(per_query[q])) continue;
        const auto s = static_cast<std::size_t>(queries_[q].shape);
        scores[s].value += per_query[q];
        ++counts[s];
    }
    for (std::size_t s = 0; s < scores.size(); ++s) {
        scores[s].category = shapes_[s].category;
        scores[s].value /= std::max(counts[s], 1);
    }
    return scores;
}

std::map<std::string, double> QuerySet::by_category(const std::vector<ShapeScore>& scores) const {
    std::map<std::string, double> means;
    std::map<std::string, int> counts;
    for (const auto& score : scores) {
        const auto& name = categories_[static_cast<std::size_t>(score.category)];
        means[name] += score.value;
        ++counts[name];
    }
    for (auto& [name, value] : means) value /= counts[name];
    return means;
}

}  // namespace maquette::recon
