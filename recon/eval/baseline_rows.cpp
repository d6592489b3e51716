#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <random>
#include <utility>

#include "recon/eval/reconstruction_suite.h"
#include "render/parallel.h"
#include "render/surface_extraction.h"

namespace maquette::recon {
namespace {

constexpr int surface_samples = 4000;

}  // namespace

std::map<int, float> choose_mean_thresholds(const ShapeDataset& dataset, const std::vector<int>& shots,
                                            std::uint64_t seed) {
    const PriorSampler sampler(dataset, shapes_of(dataset, priors::Split::train));
    std::map<int, float> chosen;
    for (const int k : shots) {
        std::mt19937_64 random(seed);
        std::map<float, double> sums;
        for (const int shape : shapes_of(dataset, priors::Split::validation)) {
            const auto truth = dataset.occupancy(shape, 32);
            const auto& category = dataset.shapes()[static_cast<std::size_t>(shape)].category;
            for (int draw = 0; draw < 5; ++draw) {
                const auto mean = sampler.mean(sampler.draw(category, shape, k, random));
                for (int t = 1; t < 20; ++t) {
                    const float threshold = static_cast<float>(t) * 0.05F;
                    sums[threshold] += iou(mean, truth, threshold);
                }
            }
        }
        const auto best = std::max_element(sums.begin(), sums.end(),
                                           [](const auto& a, const auto& b) { return a.second < b.second; });
        chosen[k] = best == sums.end() ? published_threshold : best->first;
    }
    return chosen;
}

void ReconstructionSuite::add_baseline(Report& report, const std::string& name, ScoredRow row,
                                       const std::vector<double>& per_query) {
    row.scores.iou = queries_->by_shape(per_query);
    row.row.domain = setup_.domain;
    row.row.iou = bootstrap(row.scores.iou);
    row.row.per_category = queries_->by_category(row.scores.iou);
    scores_[name] = std::move(row.scores);
    report.rows.push_back(std::move(row.row));
}

void ReconstructionSuite::add_mean_rows(Report& report) {
    for (const int shots : shot_counts) {
        announce(fmt::format("mean of {} shots", shots));
        const float threshold = setup_.mean_thresholds.at(shots);
        std::vector<double> figures(queries_->queries().size());
        double at_published = 0;
        std::vector<render::VoxelGrid> surfaces;
        std::vector<std::size_t> surface_queries;
        for (std::size_t q = 0; q < figures.size(); ++q) {
            const auto& query = queries_->queries()[q];
            const auto& shape = queries_->shape_of(query);
            auto mean = sampler_->mean(first_shots(shape.draws[static_cast<std::size_t>(query.draw)], shots));
            figures[q] = iou(mean, shape.truth, threshold);
            at_published += iou(mean, shape.truth, published_threshold) / static_cast<double>(figures.size());
            if (query.view >= surface_views) continue;
            surfaces.push_back(std::move(mean));
            surface_queries.push_back(q);
        }
        ScoredRow row{
            {.model = "mean", .prior = "k-shot", .shots = shots, .camera = "none", .iou_at_0_4 = at_published}, {}};
        add_surface_figures(row, surfaces, surface_queries, threshold);
        add_baseline(report, fmt::format("mean {}-shot", shots), std::move(row), figures);
    }
}

void ReconstructionSuite::add_exemplar_rows(Report& report) {
    announce("nearest exemplars");
    std::map<int, std::vector<priors::Thumbnail>> thumbnails;
    const auto views_of_exemplar = [&](int index) -> const std::vector<priors::Thumbnail>& {
        auto& views = thumbnails[index];
        if (views.empty()) {
            for (int v = 0; v < dataset_->shapes()[static_cast<std::size_t>(index)].view_count; ++v) {
                const DatasetView view = dataset_->view_colour(index, v);
                render::FloatImage mask(view.mask.width, view.mask.height, 1);
                for (std::size_t i = 0; i < mask.pixels.size(); ++i) {
                    mask.pixels[i] = static_cast<float>(view.mask.pixels[i]) / 255.0F;
                }
                views.push_back(priors::make_thumbnail(view.rgb, mask));
            }
        }
        return views;
    };
    const auto pixel_distance = [&](const priors::Thumbnail& photo, int index) {
        float best = 2;
        for (const auto& view : views_of_exemplar(index))
            best = std::min(best, priors::thumbnail_distance(photo, view));
        return best;
    };
    for (const int shots : {5, 10, 0}) {
        std::vector<double> nearest(queries_->queries().size());
        std::vector<double> oracle(queries_->queries().size());
        for (std::size_t q = 0; q < nearest.size(); ++q) {
            const auto& query = queries_->queries()[q];
            const auto& shape = queries_->shape_of(query);
            const auto& category = queries_->categories()[static_cast<std::size_t>(shape.category)];
            const auto pool = shots > 0 ? first_shots(shape.draws[static_cast<std::size_t>(query.draw)], shots)
                                        : sampler_->candidates(category, shape.dataset_index);
            float best_distance = 3;
            for (const int candidate : pool) {
                const double overlap = iou(sampler_->occupancy(candidate), shape.truth, 0.5F);
                oracle[q] = std::max(oracle[q], overlap);
                const float distance =
                    pixel_distance(shape.thumbnails[static_cast<std::size_t>(query.view)], candidate);
                if (distance < best_distance) {
                    best_distance = distance;
                    nearest[q] = overlap;
                }
            }
        }
        const std::string name = shots > 0 ? fmt::format("{}-shot", shots) : "all";
        add_baseline(report, "nearest " + name,
                     {{.model = "nearest", .prior = "k-shot", .shots = shots, .camera = "none"}, {}}, nearest);
        add_baseline(report, "oracle " + name,
                     {{.model = "oracle", .prior = "k-shot", .shots = shots, .camera = "none"}, {}}, oracle);
    }
}

std::vector<SurfaceDistance> ReconstructionSuite::surface_distances(const std::vector<render::VoxelGrid>& grids,
                                                                    const std::vector<std::size_t>& queries,
                                                                    float threshold) const {
    std::vector<SurfaceDistance> distances(grids.size());
    render::parallel_for(grids.size(), 1, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            const auto& shape = queries_->shape_of(queries_->queries()[queries[i]]);
            const auto truth = render::extract_surface(dataset_->distance(shape.dataset_index, 64));
            const auto prediction = render::extract_surface(grids[i], threshold);
            if (prediction.empty() || truth.empty()) {
                // Nothing predicted: as far off as the unit box is long.
                distances[i] = {prediction.empty() == truth.empty() ? 0.0 : 1.0, 0, 0};
            } else {
                distances[i] = surface_distance(prediction, truth, surface_samples);
            }
        }
    });
    return distances;
}

void ReconstructionSuite::add_surface_figures(ScoredRow& row, const std::vector<render::VoxelGrid>& grids,
                                              const std::vector<std::size_t>& queries, float threshold) const {
    if (grids.empty()) return;
    const auto distances = surface_distances(grids, queries, threshold);
    const double unknown = std::numeric_limits<double>::quiet_NaN();
    std::vector<double> chamfer(queries_->queries().size(), unknown);
    std::vector<double> fscore(queries_->queries().size(), unknown);
    SurfaceDistance mean;
    for (std::size_t i = 0; i < distances.size(); ++i) {
        mean.chamfer_l1 += distances[i].chamfer_l1 / static_cast<double>(distances.size());
        mean.fscore_001 += distances[i].fscore_001 / static_cast<double>(distances.size());
        mean.fscore_005 += distances[i].fscore_005 / static_cast<double>(distances.size());
        chamfer[queries[i]] = distances[i].chamfer_l1;
        fscore[queries[i]] = distances[i].fscore_005;
    }
    row.row.surface = mean;
    row.scores.chamfer_l1 = queries_->by_shape(chamfer);
    row.scores.fscore_005 = queries_->by_shape(fscore);
}

}  // namespace maquette::recon
