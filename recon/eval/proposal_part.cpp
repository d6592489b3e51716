#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <numeric>
#include <set>

#include "priors/pixel_retrieval.h"
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

constexpr int exemplars_a_category = 6;  ///< of training categories; of novel ones: all, without the query
constexpr int photos = 4;                ///< of each novel shape
constexpr int shots = 5;
constexpr int timed = 8;

using Clock = std::chrono::steady_clock;

struct Candidate {
    int shape = 0;
    std::string category;
    std::vector<View> views;
    std::vector<priors::Thumbnail> thumbnails;
    std::vector<std::vector<float>> described;
};

struct Photo {
    int shape = 0;
    int category = 0;  ///< index, for intervals
    View view;
    priors::Thumbnail thumbnail;
    std::vector<float> described;
};

/// Categories, the most similar first. similarities: of each candidate's views, best is largest.
std::vector<std::string> ranked(const std::map<std::string, std::vector<float>>& similarities) {
    std::vector<std::pair<double, std::string>> scores;
    for (const auto& [category, values] : similarities) {
        scores.emplace_back(-encoders::mean_of_largest(values, encoders::closest_views), category);
    }
    std::sort(scores.begin(), scores.end());
    std::vector<std::string> order;
    for (const auto& [score, category] : scores) order.push_back(category);
    return order;
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

ReportPart proposal_part(const EncoderBench& bench, const encoders::PhotoDescriptor& descriptor,
                         const RefinementNetwork& network) {
    ReportPart part{.title = "The proposed prior", .key = "proposal"};
    const ShapeDataset& dataset = bench.dataset();
    const auto& infos = dataset.shapes();
    const auto info = [&](int shape) -> const DatasetShape& { return infos[static_cast<std::size_t>(shape)]; };
    const int limit = bench.options().shapes_per_category;

    std::vector<int> members = shapes_of(dataset, priors::Split::train);
    std::vector<int> novel;
    std::map<std::string, int> taken;
    for (const int shape : shapes_of(dataset, priors::Split::novel)) {
        members.push_back(shape);
        if (limit == 0 || taken[info(shape).category]++ < limit) novel.push_back(shape);
    }
    const PriorSampler sampler(dataset, members);
    taken.clear();
    std::vector<Candidate> candidates;
    for (const int shape : members) {
        const auto& category = info(shape).category;
        const bool is_novel = info(shape).split == priors::Split::novel;
        if (category == "other" || (!is_novel && taken[category]++ >= exemplars_a_category)) continue;
        candidates.push_back({.shape = shape, .category = category});
    }
    bench.announce("exemplars", 0);
    render::parallel_for(candidates.size(), 1, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            priors::Exemplar exemplar;
            exemplar.occupancy = sampler.occupancy(candidates[i].shape);
            exemplar.distance = sampler.mean_distance({candidates[i].shape});
            candidates[i].views = encoders::exemplar_views(exemplar);
            for (const View& view : candidates[i].views) {
                candidates[i].thumbnails.push_back(priors::make_thumbnail(view.rgb, view.mask));
            }
        }
    });
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        bench.announce("exemplars", static_cast<double>(i) / static_cast<double>(candidates.size()));
        candidates[i].described = descriptor.describe(candidates[i].views);
        candidates[i].views.clear();
    }

    std::vector<std::string> categories;
    std::vector<Photo> queries;
    for (const int shape : novel) {
        const auto& category = info(shape).category;
        if (std::find(categories.begin(), categories.end(), category) == categories.end()) {
            categories.push_back(category);
        }
        const int index =
            static_cast<int>(std::find(categories.begin(), categories.end(), category) - categories.begin());
        for (int v = 0; v < photos; ++v) {
            const View view = view_of(dataset, shape, v * info(shape).view_count / photos);
            queries.push_back({shape, index, view, priors::make_thumbnail(view.rgb, view.mask), {}});
        }
    }
    std::vector<double> seconds;
    for (auto& query : queries) {
        const auto start = Clock::now();
        query.described = descriptor.describe({query.view}).front();
        if (static_cast<int>(seconds.size()) < timed) {
            seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count());
        }
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
    for (std::size_t q = 0; q < queries.size(); ++q) {
        bench.announce("proposals", static_cast<double>(q) / static_cast<double>(queries.size()));
        const Photo& query = queries[q];
        const auto usable = sampler.all_candidates(query.shape);
        const std::set<int> allowed(usable.begin(), usable.end());
        std::map<std::string, std::map<std::string, std::vector<float>>> similarities;
        for (const auto& candidate : candidates) {
            if (!allowed.contains(candidate.shape)) continue;
            for (std::size_t v = 0; v < candidate.described.size(); ++v) {
                similarities["psi"][candidate.category].push_back(std::inner_product(
                    query.described.begin(), query.described.end(), candidate.described[v].begin(), 0.0F));
                similarities["pixels"][candidate.category].push_back(
                    -priors::thumbnail_distance(query.thumbnail, candidate.thumbnails[v]));
            }
        }
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
        for (const auto& [name, by_category] : similarities) {
            const auto order = ranked(by_category);
            Method& method = methods[name];
            const auto place = std::find(order.begin(), order.end(), truth) - order.begin();
            method.first.push_back(place == 0 ? 1 : 0);
            method.third.push_back(place < 3 ? 1 : 0);
            method.proposed.push_back(iou_with(order.front()));
        }
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
        if (name == "psi") {
            part.headlines["proposed_prior_iou_loss"] = loss.mean;
            part.headlines["proposed_prior_iou_loss_ci"] = {loss.low, loss.high};
        }
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
        "{} photos of {} novel shapes, cut out, camera given; {} categories to propose, {} exemplars of each training "
        "category and all novel shapes but the query and its near-duplicates, as clay models from {} sides",
        queries.size(), novel.size(), names.size(), exemplars_a_category, encoders::index_poses().size()));
    part.notes.push_back(fmt::format(
        "priors: means of {} shapes of the category; pixels: the thumbnails that ranked priors before", shots));
    part.notes.push_back(fmt::format("a photo is described in {:.0f} ms (median of {})",
                                     1000 * seconds[seconds.size() / 2], seconds.size()));
    return part;
}

}  // namespace maquette::recon
