#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

#include "recon/encoders/prior_index.h"
#include "recon/eval/dataset_views.h"
#include "recon/eval/encoder_parts.h"
#include "recon/eval/prior_sampler.h"
#include "recon/refine/prior_trust.h"
#include "recon/refine/refinement_network.h"
#include "render/error.h"
#include "render/parallel.h"

namespace maquette::recon {
namespace {

constexpr int photos = 4;  ///< of each novel shape
constexpr int shots = 5;
constexpr std::size_t blended = 3;  ///< categories
constexpr int closest_views_of_one = 2;
constexpr const char* proposer = "psi";  ///< what `prior rank` goes by: chosen on validation
constexpr const char* joined = "psi and pixels";
constexpr std::size_t timed = 8;

using Clock = std::chrono::steady_clock;

struct NamedMeasure {
    std::string name;
    encoders::ViewMeasure measure;
};

struct Candidate {
    int shape = 0;
    std::string category;
    std::vector<View> views;
    std::vector<std::vector<std::vector<float>>> rows;  ///< by measure, of each view
};

struct Photo {
    int shape = 0;
    int category = 0;  ///< index, for intervals
    View view;
};

/// The most similar category first.
std::vector<std::string> ranked(const std::vector<std::string>& categories, const std::vector<double>& similarities) {
    std::vector<std::pair<double, std::string>> scores;
    for (std::size_t i = 0; i < categories.size(); ++i) scores.emplace_back(-similarities[i], categories[i]);
    std::sort(scores.begin(), scores.end());
    std::vector<std::string> order;
    for (const auto& [score, category] : scores) order.push_back(category);
    return order;
}

/// Mean of how many standard deviations each similarity lies above the mean of its measure. similarities:
/// [measures][n].
std::vector<double> joined_similarities(const std::vector<std::vector<double>>& similarities) {
    std::vector<double> sums(similarities.empty() ? 0 : similarities.front().size(), 0.0);
    const auto count = static_cast<double>(sums.size());
    for (const auto& measure : similarities) {
        const double mean = std::accumulate(measure.begin(), measure.end(), 0.0) / count;
        double variance = 0;
        for (const double value : measure) variance += (value - mean) * (value - mean) / count;
        if (variance <= 0) continue;
        for (std::size_t i = 0; i < sums.size(); ++i) {
            sums[i] += (measure[i] - mean) / std::sqrt(variance) / static_cast<double>(similarities.size());
        }
    }
    return sums;
}

std::vector<int> nearest(const std::vector<int>& shapes, const std::vector<double>& similarities, int count) {
    std::vector<std::size_t> order(shapes.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return similarities[a] > similarities[b]; });
    std::vector<int> result;
    for (std::size_t i = 0; i < std::min(order.size(), static_cast<std::size_t>(count)); ++i) {
        result.push_back(shapes[order[i]]);
    }
    return result;
}

double refined_iou(const RefinementNetwork& network, const EncodedViews& encoded, const priors::CategoryPrior& prior,
                   const render::VoxelGrid& truth) {
    render::VoxelGrid shape = prior.mean;
    const int iterations = network.default_iterations();
    for (int t = 0; t < iterations; ++t) shape = network.step(encoded, prior, shape, t);
    const PriorTrust trust(network, encoded, prior, iterations, network.threshold());
    return iou(trust.mixed(shape), truth, network.threshold());
}

}  // namespace

ReportPart proposal_part(const EncoderBench& bench, const std::shared_ptr<const encoders::PhotoDescriptor>& descriptor,
                         const RefinementNetwork& network, priors::Split split) {
    ReportPart part{.title = "The proposed prior", .key = "proposal"};
    const ShapeDataset& dataset = bench.dataset();
    const auto& infos = dataset.shapes();
    const auto info = [&](int shape) -> const DatasetShape& { return infos[static_cast<std::size_t>(shape)]; };
    const int limit = bench.options().shapes_per_category;

    std::vector<int> members = shapes_of(dataset, priors::Split::train);
    std::vector<int> asked;
    std::map<std::string, int> taken;
    const bool novel = split == priors::Split::novel;
    for (const int shape : shapes_of(dataset, split)) {
        if (novel) members.push_back(shape);  // of their categories there are no others
        if (info(shape).category == "other") continue;
        if (limit == 0 || taken[info(shape).category]++ < limit) asked.push_back(shape);
    }
    const PriorSampler sampler(dataset, members);
    std::map<std::string, std::size_t> exemplars_of;  // training categories; of novel ones: all, without the query
    std::vector<Candidate> candidates;
    for (const int shape : members) {
        const auto& category = info(shape).category;
        const bool is_novel = info(shape).split == priors::Split::novel;
        if (category == "other" || (!is_novel && exemplars_of[category]++ >= encoders::exemplars_looked_at)) continue;
        candidates.push_back({.shape = shape, .category = category});
    }
    const std::vector<NamedMeasure> measures = {{"psi", encoders::measure_by_encoders(descriptor)},
                                                {"pixels", encoders::measure_by_pixels()}};
    bench.announce("exemplars", 0);
    render::parallel_for(candidates.size(), 1, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            priors::Exemplar exemplar;
            exemplar.occupancy = sampler.occupancy(candidates[i].shape);
            exemplar.distance = sampler.mean_distance({candidates[i].shape});
            candidates[i].views = encoders::exemplar_views(exemplar);
        }
    });
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        bench.announce("exemplars", static_cast<double>(i) / static_cast<double>(candidates.size()));
        for (const auto& [name, measure] : measures) {
            candidates[i].rows.push_back(measure.describe(candidates[i].views));
        }
        candidates[i].views.clear();
    }

    std::vector<std::string> categories;
    std::vector<Photo> queries;
    for (const int shape : asked) {
        const auto& category = info(shape).category;
        if (std::find(categories.begin(), categories.end(), category) == categories.end()) {
            categories.push_back(category);
        }
        const int index =
            static_cast<int>(std::find(categories.begin(), categories.end(), category) - categories.begin());
        for (int v = 0; v < photos; ++v) {
            queries.push_back({shape, index, view_of(dataset, shape, v * info(shape).view_count / photos)});
        }
    }
    std::vector<double> seconds;
    for (std::size_t i = 0; i < std::min(queries.size(), timed); ++i) {
        const auto start = Clock::now();
        static_cast<void>(measures.front().measure.describe({queries[i].view}));
        seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count());
    }
    std::sort(seconds.begin(), seconds.end());

    const auto shape_scores = [&](const std::vector<double>& figures) {
        std::map<int, ShapeScore> scores;
        for (std::size_t i = 0; i < figures.size(); ++i) {
            auto& score = scores[queries[i].shape];
            score.category = queries[i].category;
            score.value += figures[i] / photos;
        }
        std::vector<ShapeScore> list;
        for (const auto& [shape, score] : scores) list.push_back(score);
        return list;
    };
    struct Method {
        std::vector<double> first;
        std::vector<double> third;
        std::vector<double> proposed;
    };
    std::map<std::string, Method> methods;
    std::vector<double> with_true;
    std::vector<double> with_blend;
    std::vector<double> with_nearest;
    for (std::size_t q = 0; q < queries.size(); ++q) {
        bench.announce("proposals", static_cast<double>(q) / static_cast<double>(queries.size()));
        const Photo& query = queries[q];
        const auto usable = sampler.all_candidates(query.shape);
        const std::set<int> allowed(usable.begin(), usable.end());
        std::map<std::string, std::vector<double>> similarities;  // of each category, by name of the way
        std::vector<std::string> offered;
        std::vector<std::vector<double>> exemplar_similarities;
        std::vector<int> exemplars;
        for (std::size_t m = 0; m < measures.size(); ++m) {
            const auto row = measures[m].measure.describe({query.view}).front();
            std::map<std::string, std::vector<float>> by_category;
            auto& by_exemplar = exemplar_similarities.emplace_back();
            exemplars.clear();
            for (const auto& candidate : candidates) {
                if (!allowed.contains(candidate.shape)) continue;
                std::vector<float> seen_similar;
                for (const auto& seen : candidate.rows[m]) {
                    seen_similar.push_back(static_cast<float>(measures[m].measure.similarity(seen, row)));
                }
                auto& all = by_category[candidate.category];
                all.insert(all.end(), seen_similar.begin(), seen_similar.end());
                by_exemplar.push_back(encoders::mean_of_largest(seen_similar, closest_views_of_one));
                exemplars.push_back(candidate.shape);
            }
            offered.clear();
            for (const auto& [category, values] : by_category) {
                offered.push_back(category);
                similarities[measures[m].name].push_back(encoders::mean_of_largest(values, encoders::closest_views));
            }
        }
        similarities[joined] = joined_similarities({similarities.at("psi"), similarities.at("pixels")});
        const auto& truth = info(query.shape).category;
        const auto grid = dataset.occupancy(query.shape, priors::prior_resolution);
        const auto encoded = network.encode({&query.view, 1});
        std::map<std::string, double> known;
        const auto iou_with = [&](const std::string& category) {
            const auto found = known.find(category);
            if (found != known.end()) return found->second;
            std::mt19937_64 random(bench.options().seed + static_cast<std::uint64_t>(query.shape));
            const auto prior = sampler.prior(sampler.draw(category, query.shape, shots, random));
            return known[category] = refined_iou(network, *encoded, prior, grid);
        };
        with_true.push_back(iou_with(truth));
        for (const auto& [name, values] : similarities) {
            const auto order = ranked(offered, values);
            Method& method = methods[name];
            const auto place = std::find(order.begin(), order.end(), truth) - order.begin();
            method.first.push_back(place == 0 ? 1 : 0);
            method.third.push_back(place < 3 ? 1 : 0);
            method.proposed.push_back(iou_with(order.front()));
            if (name != joined) continue;
            std::mt19937_64 random(bench.options().seed + static_cast<std::uint64_t>(query.shape));
            std::vector<int> several;
            for (std::size_t i = 0; i < std::min(order.size(), blended); ++i) {
                const auto drawn = sampler.draw(order[i], query.shape, shots, random);
                several.insert(several.end(), drawn.begin(), drawn.end());
            }
            with_blend.push_back(refined_iou(network, *encoded, sampler.prior(several), grid));
        }
        with_nearest.push_back(
            refined_iou(network, *encoded,
                        sampler.prior(nearest(exemplars, joined_similarities(exemplar_similarities), shots)), grid));
    }
    ReportTable table{"", {"by", "right category first", "among the first 3", "IoU with its prior", "less IoU"}, {}};
    const auto truth_scores = shape_scores(with_true);
    for (const auto& [name, method] : methods) {
        const Interval first = bootstrap(shape_scores(method.first));
        const Interval third = bootstrap(shape_scores(method.third));
        const Interval proposed = bootstrap(shape_scores(method.proposed));
        const Interval loss = bootstrap_difference(truth_scores, shape_scores(method.proposed));
        table.rows.push_back(
            {name, interval_text(first), interval_text(third), interval_text(proposed), interval_text(loss, 3, true)});
        part.figures[name] = {{"first", interval_json(first)},
                              {"among_3", interval_json(third)},
                              {"iou", interval_json(proposed)},
                              {"iou_loss", interval_json(loss)}};
        if (name == proposer) {
            part.headlines["proposed_prior_iou_loss"] = loss.mean;
            part.headlines["proposed_prior_iou_loss_ci"] = {loss.low, loss.high};
        }
    }
    for (const auto& [name, key, figures] :
         {std::tuple{fmt::format("psi and pixels, first {} categories blended", blended), "blend", &with_blend},
          std::tuple{fmt::format("psi and pixels, nearest {} exemplars", shots), "nearest", &with_nearest}}) {
        const Interval mean = bootstrap(shape_scores(*figures));
        const Interval loss = bootstrap_difference(truth_scores, shape_scores(*figures));
        table.rows.push_back({name, "-", "-", interval_text(mean), interval_text(loss, 3, true)});
        part.figures[key] = {{"iou", interval_json(mean)}, {"iou_loss", interval_json(loss)}};
    }
    const Interval best = bootstrap(truth_scores);
    table.rows.push_back({"true category", "1", "1", interval_text(best), "-"});
    part.figures["true_category"]["iou"] = interval_json(best);
    part.figures["describe_milliseconds"] = 1000 * seconds[seconds.size() / 2];
    part.headlines["describe_milliseconds"] = 1000 * seconds[seconds.size() / 2];
    part.tables.push_back(std::move(table));
    std::set<std::string> names;
    for (const auto& candidate : candidates) names.insert(candidate.category);
    part.notes.push_back(fmt::format(
        "{} photos of {} {} shapes, cut out, camera given; {} categories to propose, {} exemplars of each training "
        "category{}, as clay models from {} sides",
        queries.size(), asked.size(), priors::to_string(split), names.size(), encoders::exemplars_looked_at,
        novel ? " and all novel shapes but the query and its near-duplicates" : "", encoders::index_poses().size()));
    part.notes.push_back(
        fmt::format("priors: means of {} shapes of the category; pixels: thumbnails' outlines and greys; psi and "
                    "pixels: mean of both "
                    "ways' standard scores",
                    shots));
    part.notes.push_back(fmt::format("a photo is described in {:.0f} ms (median of {})",
                                     1000 * seconds[seconds.size() / 2], seconds.size()));
    return part;
}

}  // namespace maquette::recon
