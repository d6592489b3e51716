#include <fmt/format.h>

#include <chrono>
#include <limits>
#include <utility>

#include "recon/eval/reconstruction_suite.h"
#include "recon/refine/prior_trust.h"
#include "recon/refine/silhouette_fit.h"
#include "render/parallel.h"

namespace maquette::recon {
namespace {

constexpr std::size_t batch_size = 32;
/// Views that a query's network does not get: this far from the query's own in the dataset's order.
constexpr std::array<int, 4> unseen_offsets = {3, 9, 15, 20};

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

/// Queries that are refined together.
struct ReconstructionSuite::Batch {
    std::vector<std::size_t> queries;  ///< indices into the query set
    std::vector<priors::CategoryPrior> priors;
    std::vector<std::unique_ptr<EncodedViews>> encoded;
    std::vector<std::optional<CameraDecision>> decisions;  ///< of the first view
    std::vector<std::optional<CropCamera>> cameras;        ///< of the first view, as used
    std::vector<render::VoxelGrid> results;
    [[nodiscard]] std::size_t size() const { return queries.size(); }
};

/// What comes together over the batches of a row.
struct ReconstructionSuite::RowSums {
    std::vector<std::vector<double>> figures;  ///< [iterations, queries] IoU; not-a-number: not asked
    std::vector<double> at_published;          ///< [iterations]
    std::vector<double> before_mixing;         ///< [queries] IoU of the last iteration
    CameraTally cameras;
    PriorFigures prior;
    double silhouettes = 0;
    double unseen = 0;
    double seconds = 0;
    std::vector<render::VoxelGrid> surfaces;
    std::vector<std::size_t> surface_queries;
};

void ReconstructionSuite::encode_views(bool with_cameras) {
    announce("encoding the views");
    const auto start = Clock::now();
    std::size_t count = 0;
    encoded_.clear();
    for (const auto& shape : queries_->shapes()) {
        stop_if_asked();
        auto views = shape.views;
        if (!with_cameras) {
            for (auto& view : views) view.camera.reset();
        }
        encoded_.push_back(network_->encode(views));
        count += views.size();
    }
    encode_seconds_ = seconds_since(start) / static_cast<double>(std::max<std::size_t>(count, 1));
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
    auto decisions = decided(query, spec, prior, views);
    camera = decisions.front().front().camera;
    auto encoded = encode_decided(*network_, views, decisions);
    decision = std::move(decisions.front());
    return encoded;
}

std::vector<CameraDecision> ReconstructionSuite::decided(const QuerySet::Query& query, const RowSpec& spec,
                                                         const priors::CategoryPrior& prior,
                                                         std::vector<View>& views) const {
    if (views.size() > 1) return decide_cameras(views, *setup_.estimator, *network_, prior);
    const std::string key = fmt::format("{} {} {} {} {}", query.shape, query.view, query.draw, spec.prior, spec.shots);
    {
        const std::lock_guard lock(decisions_mutex_);
        if (const auto known = decisions_.find(key); known != decisions_.end()) {
            ++reused_decisions_;
            views.front().camera = camera_of(known->second.front().camera, views.front().rgb.width);
            return {known->second};
        }
    }
    auto decisions = decide_cameras(views, *setup_.estimator, *network_, prior);
    const std::lock_guard lock(decisions_mutex_);
    decisions_[key] = decisions.front();
    return decisions;
}

ReconstructionSuite::Batch ReconstructionSuite::begin_batch(const RowSpec& spec,
                                                            std::span<const std::size_t> queries) const {
    Batch batch;
    batch.queries.assign(queries.begin(), queries.end());
    batch.encoded.resize(queries.size());
    batch.decisions.resize(queries.size());
    batch.cameras.resize(queries.size());
    for (const std::size_t index : queries) {
        const auto& query = queries_->queries()[index];
        const auto& shape = queries_->shape_of(query);
        std::vector<int> exemplars;
        if (spec.prior != "none") {
            const auto& draws = spec.prior == "wrong" ? shape.wrong_draws : shape.draws;
            exemplars = first_shots(draws[static_cast<std::size_t>(query.draw)], spec.shots);
        }
        batch.priors.push_back(sampler_->prior(exemplars));
    }
    const auto encode = [&](std::size_t i) {
        batch.encoded[i] =
            encode_query(queries_->queries()[queries[i]], spec, batch.priors[i], batch.decisions[i], batch.cameras[i]);
    };
    if (spec.camera == "estimated") {
        for_each_on_one_thread(queries.size(), encode);
    } else {
        for (std::size_t i = 0; i < queries.size(); ++i) encode(i);
    }
    return batch;
}

void ReconstructionSuite::refine(Batch& batch, const RowSpec& spec, RowSums& sums) const {
    const std::size_t count = batch.size();
    const bool mixes = !spec.trust_prior && spec.prior != "none";
    const priors::CategoryPrior nothing = priors::CategoryPrior::empty();
    std::vector<render::VoxelGrid> current;
    for (const auto& prior : batch.priors) current.push_back(prior.mean);
    std::vector<render::VoxelGrid> alone(mixes ? count : 0, nothing.mean);
    for (std::size_t t = 0; t < sums.figures.size(); ++t) {
        const auto start = Clock::now();
        std::vector<RefinementQuery> steps;
        for (std::size_t i = 0; i < count; ++i) {
            steps.push_back({batch.encoded[i].get(), &batch.priors[i], &current[i], static_cast<int>(t)});
        }
        current = network_->step_batch(steps);
        batch.results = current;
        if (mixes) {
            steps.clear();
            for (std::size_t i = 0; i < count; ++i) {
                steps.push_back({batch.encoded[i].get(), &nothing, &alone[i], static_cast<int>(t)});
            }
            alone = network_->step_batch(steps);
        }
        const bool last = t + 1 == sums.figures.size();
        for (std::size_t i = 0; mixes && i < count; ++i) {
            const PriorTrust trust(alone[i], batch.priors[i], network_->threshold());
            batch.results[i] = trust.mixed(current[i]);
            if (!last) continue;
            sums.prior.agreement += trust.agreement().value_or(0);
            sums.prior.share += trust.share();
            sums.prior.noticed += trust.low() ? 1 : 0;
            sums.before_mixing[batch.queries[i]] =
                iou(current[i], queries_->shape_of(queries_->queries()[batch.queries[i]]).truth, network_->threshold());
        }
        if (last && spec.silhouette_steps > 0) {
            render::parallel_for(count, 1, [&](std::size_t begin, std::size_t end) {
                for (std::size_t i = begin; i < end; ++i) {
                    const auto& query = queries_->queries()[batch.queries[i]];
                    const View& view = queries_->shape_of(query).views[static_cast<std::size_t>(query.view)];
                    const PosedMask mask{*batch.cameras[i], &view.mask, 1};
                    SilhouetteFitOptions fit;
                    fit.steps = spec.silhouette_steps;
                    fit.place.threads = 1;
                    batch.results[i] = fit_to_masks(batch.results[i], network_->threshold(), {&mask, 1}, fit).occupancy;
                }
            });
        }
        sums.seconds += seconds_since(start);
        for (std::size_t i = 0; i < count; ++i) {
            const auto& truth = queries_->shape_of(queries_->queries()[batch.queries[i]]).truth;
            sums.figures[t][batch.queries[i]] = iou(batch.results[i], truth, network_->threshold());
            sums.at_published[t] += iou(batch.results[i], truth, published_threshold);
        }
    }
}

double ReconstructionSuite::unseen_silhouettes(const QuerySet::Query& query, const render::VoxelGrid& shape) const {
    const auto& views = queries_->shape_of(query).views;
    double sum = 0;
    for (const int offset : unseen_offsets) {
        const View& view = views[static_cast<std::size_t>(query.view + offset) % views.size()];
        sum += silhouette_iou(shape, network_->threshold(), crop_camera_of(*view.camera), view.mask);
    }
    return sum / unseen_offsets.size();
}

void ReconstructionSuite::look_at_pictures(Batch& batch, const RowSpec& spec, RowSums& sums) const {
    std::vector<double> seen(batch.size(), 0);
    std::vector<double> unseen(batch.size(), 0);
    render::parallel_for(batch.size(), 1, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            const auto& query = queries_->queries()[batch.queries[i]];
            const View& view = queries_->shape_of(query).views[static_cast<std::size_t>(query.view)];
            if (batch.cameras[i]) {
                seen[i] = silhouette_iou(batch.results[i], network_->threshold(), *batch.cameras[i], view.mask);
            }
            if (spec.unseen_views) unseen[i] = unseen_silhouettes(query, batch.results[i]);
        }
    });
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const auto& query = queries_->queries()[batch.queries[i]];
        const auto& shape = queries_->shape_of(query);
        const View& view = shape.views[static_cast<std::size_t>(query.view)];
        sums.silhouettes += seen[i];
        sums.unseen += unseen[i];
        if (batch.decisions[i] && view.camera) {
            sums.cameras.add(batch.decisions[i]->front(), crop_camera_of(*view.camera), shape.truth,
                             symmetric_[static_cast<std::size_t>(query.shape)]);
        }
        if (query.view >= surface_views) continue;
        sums.surfaces.push_back(std::move(batch.results[i]));
        sums.surface_queries.push_back(batch.queries[i]);
    }
}

ReconstructionSuite::NetworkRows ReconstructionSuite::run_network(const RowSpec& spec) {
    announce(fmt::format("{}, {} camera, {} prior, {} shots, {} views", network_->architecture(), spec.camera,
                         spec.prior, spec.shots, spec.views));
    const auto& queries = queries_->queries();
    std::vector<std::size_t> asked;
    for (std::size_t q = 0; q < queries.size(); ++q) {
        if (spec.query_views == 0 || queries[q].view < spec.query_views) asked.push_back(q);
    }
    RowSums sums;
    reused_decisions_ = 0;
    const auto iterations = static_cast<std::size_t>(spec.iterations);
    const std::vector<double> nothing(queries.size(), std::numeric_limits<double>::quiet_NaN());
    sums.figures.assign(iterations, nothing);
    sums.before_mixing = nothing;
    sums.at_published.assign(iterations, 0);
    for (std::size_t begin = 0; begin < asked.size(); begin += batch_size) {
        stop_if_asked();
        const auto start = Clock::now();
        const std::size_t count = std::min(batch_size, asked.size() - begin);
        Batch batch = begin_batch(spec, std::span(asked).subspan(begin, count));
        sums.seconds += seconds_since(start);
        refine(batch, spec, sums);
        look_at_pictures(batch, spec, sums);
    }

    const auto asked_count = static_cast<double>(asked.size());
    const bool mixed = !spec.trust_prior && spec.prior != "none";
    const auto scored_row = [&](const std::vector<double>& figures, int t) {
        ScoredRow scored;
        scored.scores.iou = queries_->by_shape(figures);
        scored.row = {.model = network_->architecture(),
                      .prior = spec.prior,
                      .shots = spec.shots,
                      .views = spec.views,
                      .iterations = t + 1,
                      .query_views = spec.query_views,
                      .camera = spec.camera,
                      .domain = setup_.domain,
                      .iou = bootstrap(scored.scores.iou),
                      .per_category = queries_->by_category(scored.scores.iou)};
        return scored;
    };
    NetworkRows result;
    if (mixed && !spec.every_iteration) result.full_trust = scored_row(sums.before_mixing, spec.iterations - 1);
    for (std::size_t t = spec.every_iteration ? 0 : iterations - 1; t < iterations; ++t) {
        ScoredRow scored = scored_row(sums.figures[t], static_cast<int>(t));
        ReportRow& row = scored.row;
        row.trust = mixed ? "auto" : "full";
        row.silhouette_steps = spec.silhouette_steps;
        row.iou_at_0_4 = sums.at_published[t] / asked_count;
        if (t + 1 == iterations) {
            // Decisions that an earlier row has made took no time here.
            if (reused_decisions_ == 0) row.seconds = sums.seconds / asked_count;
            if (spec.camera != "estimated") row.seconds += spec.views * encode_seconds_;
            if (spec.camera != "none") row.silhouette_iou = sums.silhouettes / asked_count;
            if (spec.unseen_views) row.silhouette_iou_unseen = sums.unseen / asked_count;
            if (spec.views == 1) row.camera_estimate = sums.cameras.figures();
            if (mixed) {
                row.prior_figures = PriorFigures{sums.prior.agreement / asked_count, sums.prior.share / asked_count,
                                                 sums.prior.noticed / asked_count};
            }
            add_surface_figures(scored, sums.surfaces, sums.surface_queries, network_->threshold());
        }
        result.rows.push_back(std::move(scored));
    }
    return result;
}

}  // namespace maquette::recon
