#include "recon/eval/reconstruction_suite.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "recon/refine/flagship.h"
#include "recon/refine/wallace2019.h"
#include "render/error.h"
#include "render/parallel.h"
#include "render/surface_extraction.h"

namespace maquette::recon {
namespace {

constexpr std::array<int, 5> shot_counts = {1, 2, 3, 5, 10};
constexpr std::array<int, 5> view_counts = {1, 2, 3, 5, 8};
constexpr int most_iterations = 6;
constexpr std::size_t batch_size = 32;
constexpr float published_threshold = 0.4F;
/// Surface distances are slow; they are measured on this many query views a shape.
constexpr int surface_views = 2;

using Clock = std::chrono::steady_clock;

std::vector<int> first(const std::vector<int>& order, int count) {
    return {order.begin(), order.begin() + std::min<std::ptrdiff_t>(count, std::ssize(order))};
}

/// Counts how good estimated cameras are.
class CameraTally {
public:
    void add(const CameraCandidate& chosen, const CropCamera& truth, const render::VoxelGrid& shape) {
        const double error = azimuth_between(chosen.camera, truth);
        const bool close = std::abs(error) <= close_degrees;
        ++count_;
        sum_.within_30 += close ? 1 : 0;
        sum_.flipped += std::abs(error) > flipped_degrees ? 1 : 0;
        sum_.looks_same += close || iou(turned(shape, error), shape, 0.5F) > same_overlap ? 1 : 0;
        sum_.confidence += chosen.confidence;
    }
    [[nodiscard]] std::optional<CameraFigures> figures() const {
        if (count_ == 0) return std::nullopt;
        return CameraFigures{sum_.within_30 / count_, sum_.flipped / count_, sum_.looks_same / count_,
                             sum_.confidence / count_};
    }

private:
    static constexpr double close_degrees = 30;
    static constexpr double flipped_degrees = 150;
    static constexpr double same_overlap = 0.8;

    static render::VoxelGrid turned(const render::VoxelGrid& shape, double degrees) {
        const double radians = degrees * std::numbers::pi / 180;
        const auto c = static_cast<float>(std::cos(radians));
        const auto s = static_cast<float>(std::sin(radians));
        render::VoxelGrid result = shape;
        for (int z = 0; z < shape.resolution; ++z) {
            for (int y = 0; y < shape.resolution; ++y) {
                for (int x = 0; x < shape.resolution; ++x) {
                    const Eigen::Vector3f p = shape.centre(x, y, z);
                    result.at(x, y, z) =
                        render::sample_trilinear(shape, {c * p.x() + s * p.z(), p.y(), c * p.z() - s * p.x()});
                }
            }
        }
        return result;
    }

    CameraFigures sum_;
    double count_ = 0;
};

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

ReconstructionSuite::ReconstructionSuite(const ShapeDataset& dataset, const QuerySet& queries,
                                         const PriorSampler& sampler,
                                         std::vector<std::shared_ptr<const RefinementNetwork>> networks,
                                         std::shared_ptr<const CameraEstimator> estimator,
                                         std::map<int, float> mean_thresholds, std::string domain,
                                         std::function<void(const SuiteProgress&)> progress, std::stop_token stop)
    : dataset_(&dataset),
      queries_(&queries),
      sampler_(&sampler),
      networks_(std::move(networks)),
      estimator_(std::move(estimator)),
      mean_thresholds_(std::move(mean_thresholds)),
      domain_(std::move(domain)),
      progress_(std::move(progress)),
      stop_(std::move(stop)) {}

void ReconstructionSuite::announce(const std::string& stage) {
    if (stop_.stop_requested()) throw Interrupted("evaluation stopped; no report was written");
    if (progress_) progress_({stage, std::min(static_cast<double>(stages_done_) / stage_count_, 1.0)});
    ++stages_done_;
}

std::vector<ShapeScore> ReconstructionSuite::add_row(Report& report, ReportRow row,
                                                     const std::vector<double>& per_query) {
    auto scores = queries_->by_shape(per_query);
    row.domain = domain_;
    row.iou = bootstrap(scores);
    row.per_category = queries_->by_category(scores);
    report.rows.push_back(std::move(row));
    return scores;
}

void ReconstructionSuite::add_mean_rows(Report& report) {
    for (const int shots : shot_counts) {
        announce(fmt::format("mean of {} shots", shots));
        const float threshold = mean_thresholds_.at(shots);
        std::vector<double> figures(queries_->queries().size());
        double at_published = 0;
        std::vector<render::VoxelGrid> surfaces;
        std::vector<std::size_t> surface_queries;
        for (std::size_t q = 0; q < figures.size(); ++q) {
            const auto& query = queries_->queries()[q];
            const auto& shape = queries_->shape_of(query);
            auto mean = sampler_->mean(first(shape.draws[static_cast<std::size_t>(query.draw)], shots));
            figures[q] = iou(mean, shape.truth, threshold);
            at_published += iou(mean, shape.truth, published_threshold) / static_cast<double>(figures.size());
            if (query.view < surface_views) {
                surfaces.push_back(std::move(mean));
                surface_queries.push_back(q);
            }
        }
        ReportRow row{.model = "mean", .prior = "k-shot", .shots = shots, .camera = "none", .iou_at_0_4 = at_published};
        add_surface_figures(row, surfaces, surface_queries, threshold);
        scores_[fmt::format("mean {}-shot", shots)] = add_row(report, row, figures);
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
            const auto pool = shots > 0 ? first(shape.draws[static_cast<std::size_t>(query.draw)], shots)
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
        scores_["nearest " + name] =
            add_row(report, {.model = "nearest", .prior = "k-shot", .shots = shots, .camera = "none"}, nearest);
        scores_["oracle " + name] =
            add_row(report, {.model = "oracle", .prior = "k-shot", .shots = shots, .camera = "none"}, oracle);
    }
}

std::unique_ptr<EncodedViews> ReconstructionSuite::encode_query(const QuerySet::Query& query, const RowSpec& spec,
                                                                const priors::CategoryPrior& prior,
                                                                std::optional<CameraDecision>& decision,
                                                                std::optional<CropCamera>& camera) const {
    const auto& shape = queries_->shape_of(query);
    std::vector<int> picked(static_cast<std::size_t>(spec.views));
    for (int v = 0; v < spec.views; ++v) {
        // Seven and twenty-four have no common divisor: the further views spread around the object.
        picked[static_cast<std::size_t>(v)] = (query.view + 7 * v) % static_cast<int>(shape.views.size());
    }
    const View& view = shape.views[static_cast<std::size_t>(picked.front())];
    if (spec.camera != "estimated") {
        if (spec.camera == "true") camera = crop_camera_of(*view.camera);
        return encoded_[static_cast<std::size_t>(query.shape)]->pick(picked);
    }
    std::vector<View> views;
    for (const int v : picked) {
        views.push_back(shape.views[static_cast<std::size_t>(v)]);
        views.back().camera.reset();
    }
    auto decisions = decide_cameras(views, *estimator_, *network_, prior);
    camera = decisions.front().front().camera;
    auto encoded = encode_decided(*network_, views, decisions);
    decision = std::move(decisions.front());
    return encoded;
}

std::vector<ReconstructionSuite::ScoredRow> ReconstructionSuite::run_network(const RowSpec& spec) {
    announce(fmt::format("{}, {} camera, {} prior, {} shots, {} views", network_->architecture(), spec.camera,
                         spec.prior, spec.shots, spec.views));
    const auto& queries = queries_->queries();
    std::vector<std::size_t> asked;
    for (std::size_t q = 0; q < queries.size(); ++q) {
        if (!spec.first_views_only || queries[q].view == 0) asked.push_back(q);
    }
    const auto iterations = static_cast<std::size_t>(spec.iterations);
    const double unknown = std::numeric_limits<double>::quiet_NaN();
    std::vector<std::vector<double>> figures(iterations, std::vector<double>(queries.size(), unknown));
    std::vector<double> at_published(iterations, 0);
    std::vector<render::VoxelGrid> surfaces;
    std::vector<std::size_t> surface_queries;
    CameraTally cameras;
    double silhouettes = 0;
    double seconds = 0;

    for (std::size_t begin = 0; begin < asked.size(); begin += batch_size) {
        if (stop_.stop_requested()) throw Interrupted("evaluation stopped; no report was written");
        const std::size_t count = std::min(batch_size, asked.size() - begin);
        std::vector<std::unique_ptr<EncodedViews>> encoded(count);
        std::vector<priors::CategoryPrior> priors;
        std::vector<render::VoxelGrid> current;
        std::vector<std::optional<CropCamera>> used(count);
        std::vector<std::optional<CameraDecision>> decisions(count);
        const auto start = Clock::now();
        for (std::size_t i = 0; i < count; ++i) {
            const auto& query = queries[asked[begin + i]];
            const auto& shape = queries_->shape_of(query);
            std::vector<int> exemplars;
            if (spec.prior != "none") {
                const auto& draws = spec.prior == "wrong" ? shape.wrong_draws : shape.draws;
                exemplars = first(draws[static_cast<std::size_t>(query.draw)], spec.shots);
            }
            priors.push_back(sampler_->prior(exemplars));
            current.push_back(priors.back().mean);
        }
        const auto encode = [&](std::size_t i) {
            encoded[i] = encode_query(queries[asked[begin + i]], spec, priors[i], decisions[i], used[i]);
        };
        if (spec.camera == "estimated") {
            for_each_on_one_thread(count, encode);
        } else {
            for (std::size_t i = 0; i < count; ++i) encode(i);
        }
        for (std::size_t i = 0; i < count; ++i) {
            const auto& query = queries[asked[begin + i]];
            const auto& shape = queries_->shape_of(query);
            const View& view = shape.views[static_cast<std::size_t>(query.view)];
            if (decisions[i] && view.camera) {
                cameras.add(decisions[i]->front(), crop_camera_of(*view.camera), shape.truth);
            }
        }
        for (std::size_t t = 0; t < iterations; ++t) {
            std::vector<RefinementQuery> steps(count);
            for (std::size_t i = 0; i < count; ++i) {
                steps[i] = {encoded[i].get(), &priors[i], &current[i], static_cast<int>(t)};
            }
            current = network_->step_batch(steps);
            for (std::size_t i = 0; i < count; ++i) {
                const auto& truth = queries_->shape_of(queries[asked[begin + i]]).truth;
                figures[t][asked[begin + i]] = iou(current[i], truth, network_->threshold());
                at_published[t] += iou(current[i], truth, published_threshold) / static_cast<double>(asked.size());
            }
        }
        seconds += std::chrono::duration<double>(Clock::now() - start).count();
        for (std::size_t i = 0; i < count; ++i) {
            const auto& query = queries[asked[begin + i]];
            if (used[i]) {
                const View& view = queries_->shape_of(query).views[static_cast<std::size_t>(query.view)];
                silhouettes += silhouette_iou(current[i], network_->threshold(), *used[i], view.mask);
            }
            if (query.view >= surface_views) continue;
            surfaces.push_back(std::move(current[i]));
            surface_queries.push_back(asked[begin + i]);
        }
    }

    std::vector<ScoredRow> rows;
    for (std::size_t t = spec.every_iteration ? 0 : iterations - 1; t < iterations; ++t) {
        ReportRow row{.model = network_->architecture(),
                      .prior = spec.prior,
                      .shots = spec.shots,
                      .views = spec.views,
                      .iterations = static_cast<int>(t) + 1,
                      .camera = spec.camera,
                      .domain = domain_,
                      .iou_at_0_4 = at_published[t]};
        const auto scores = queries_->by_shape(figures[t]);
        row.iou = bootstrap(scores);
        row.per_category = queries_->by_category(scores);
        if (t + 1 == iterations) {
            row.seconds = seconds / static_cast<double>(asked.size());
            if (spec.camera != "estimated") row.seconds += spec.views * encode_seconds_;
            if (spec.camera != "none") row.silhouette_iou = silhouettes / static_cast<double>(asked.size());
            if (spec.views == 1) row.camera_estimate = cameras.figures();
            add_surface_figures(row, surfaces, surface_queries, network_->threshold());
        }
        rows.emplace_back(std::move(row), scores);
    }
    return rows;
}

void ReconstructionSuite::add_surface_figures(ReportRow& row, const std::vector<render::VoxelGrid>& grids,
                                              const std::vector<std::size_t>& query_indices, float threshold) {
    std::vector<SurfaceDistance> distances(grids.size());
    render::parallel_for(grids.size(), 1, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            const auto& shape = queries_->shape_of(queries_->queries()[query_indices[i]]);
            const auto truth = render::extract_surface(dataset_->distance(shape.dataset_index, 64));
            const auto prediction = render::extract_surface(grids[i], threshold);
            if (prediction.empty() || truth.empty()) {
                // Nothing predicted: as far off as the unit box is long.
                distances[i] = {prediction.empty() == truth.empty() ? 0.0 : 1.0, 0, 0};
            } else {
                distances[i] = surface_distance(prediction, truth, 4000);
            }
        }
    });
    if (distances.empty()) return;
    SurfaceDistance mean;
    for (const auto& d : distances) {
        mean.chamfer_l1 += d.chamfer_l1 / static_cast<double>(distances.size());
        mean.fscore_001 += d.fscore_001 / static_cast<double>(distances.size());
        mean.fscore_005 += d.fscore_005 / static_cast<double>(distances.size());
    }
    row.surface = mean;
}

void ReconstructionSuite::encode_views(bool with_cameras) {
    announce("encoding the views");
    const auto start = Clock::now();
    std::size_t count = 0;
    encoded_.clear();
    for (const auto& shape : queries_->shapes()) {
        if (stop_.stop_requested()) throw Interrupted("evaluation stopped; no report was written");
        auto views = shape.views;
        if (!with_cameras) {
            for (auto& view : views) view.camera.reset();
        }
        encoded_.push_back(network_->encode(views));
        count += views.size();
    }
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    encode_seconds_ = seconds / static_cast<double>(std::max<std::size_t>(count, 1));
}

void ReconstructionSuite::add_network_rows(Report& report, const std::string& camera) {
    const std::string who = network_->architecture() + (camera == "none" ? "" : ", " + camera + " camera");
    const auto add = [&](const std::string& name, RowSpec spec) {
        spec.camera = camera;
        auto rows = run_network(spec);
        scores_[fmt::format("{} ({})", name, who)] = rows.back().second;
        for (auto& row : rows) report.rows.push_back(std::move(row.first));
    };
    // Estimating a camera takes as long as many steps: fewer rows, and of several views one query a shape.
    const bool estimated = camera == "estimated";
    const int iterations = network_->default_iterations();
    add("none", {.prior = "none", .iterations = iterations});
    for (const int shots : shot_counts) {
        if (estimated && shots != 1 && shots != 5) continue;
        add(fmt::format("{}-shot", shots), {.prior = "k-shot", .shots = shots, .iterations = iterations});
    }
    if (!estimated) {
        add("iterations", {.prior = "k-shot", .shots = 1, .iterations = most_iterations, .every_iteration = true});
    }
    if (domain_ == "renders") {
        for (const int views : view_counts) {
            if (views == 1 && !estimated) continue;
            add(fmt::format("1-shot {} views", views), {.prior = "k-shot",
                                                        .shots = 1,
                                                        .views = views,
                                                        .iterations = network_->iterations_for(views),
                                                        .first_views_only = estimated});
        }
    }
    add("wrong 1-shot", {.prior = "wrong", .shots = 1, .iterations = iterations});
    if (!estimated) add("wrong 5-shot", {.prior = "wrong", .shots = 5, .iterations = iterations});
}

void ReconstructionSuite::compare(Report& report) {
    const auto difference = [&](const std::string& a, const std::string& b) {
        if (!scores_.contains(a) || !scores_.contains(b)) return;
        report.differences[a + " - " + b] = bootstrap_difference(scores_.at(a), scores_.at(b));
    };
    const auto ratio = [&](const std::string& a, const std::string& b) {
        if (!scores_.contains(a) || !scores_.contains(b)) return;
        report.ratios[a + " / " + b] = bootstrap_ratio(scores_.at(a), scores_.at(b));
    };
    const std::string published = fmt::format(" ({})", wallace2019_architecture);
    const std::string ours = fmt::format(" ({}, ", flagship_architecture);
    for (const std::string& who : {published, ours + "true camera)", ours + "estimated camera)"}) {
        for (const int shots : shot_counts) {
            const std::string name = fmt::format("{}-shot", shots);
            difference(name + who, "none" + who);
            difference(name + who, "mean " + name);
            if (who != published) {
                ratio(name + who, name + published);
                difference(name + who, "nearest all");
            }
        }
        const bool subset = scores_.contains("1-shot 1 views" + who);
        for (const int views : view_counts) {
            if (views == 1) continue;
            const std::string one = subset ? "1-shot 1 views" : "1-shot";
            difference(fmt::format("1-shot {} views", views) + who, one + who);
            ratio(fmt::format("1-shot {} views", views) + who, one + who);
        }
        difference("wrong 1-shot" + who, "none" + who);
        difference("wrong 5-shot" + who, "none" + who);
    }
    for (const int shots : shot_counts) {
        const std::string name = fmt::format("{}-shot", shots);
        difference(name + ours + "estimated camera)", name + ours + "true camera)");
    }
}

void ReconstructionSuite::run(Report& report) {
    const bool known_cameras = domain_ == "renders";
    stage_count_ = 6;
    for (const auto& network : networks_) {
        stage_count_ += !network->needs_cameras() ? 15 : (known_cameras ? 15 : 0) + (estimator_ ? 9 : 0);
    }
    add_mean_rows(report);
    add_exemplar_rows(report);
    for (const auto& network : networks_) {
        network_ = network.get();
        if (!network->needs_cameras()) {
            encode_views(false);
            add_network_rows(report, "none");
            continue;
        }
        if (known_cameras) {
            encode_views(true);
            add_network_rows(report, "true");
        }
        if (estimator_) add_network_rows(report, "estimated");
    }
    compare(report);
}

}  // namespace maquette::recon
