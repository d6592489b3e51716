#include "recon/eval/reconstruction_suite.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "recon/refine/flagship.h"
#include "render/error.h"

namespace maquette::recon {
namespace {

constexpr int most_iterations = 6;
/// Estimating a camera takes as long as many steps: ablations of such rows ask fewer views of each shape.
constexpr int ablation_views = 2;
constexpr int wrong_prior_views = 4;
constexpr int fit_steps = 30;  // what `reconstruct` takes where the cameras are given

}  // namespace

std::vector<int> first_shots(const std::vector<int>& order, int count) {
    return {order.begin(), order.begin() + std::min<std::ptrdiff_t>(count, std::ssize(order))};
}

ReconstructionSuite::ReconstructionSuite(const ShapeDataset& dataset, const QuerySet& queries,
                                         const PriorSampler& sampler, Setup setup)
    : dataset_(&dataset), queries_(&queries), sampler_(&sampler), setup_(std::move(setup)) {
    for (const auto& shape : queries.shapes()) symmetric_.push_back(rotationally_symmetric(shape.truth));
}

void ReconstructionSuite::stop_if_asked() const {
    if (setup_.stop.stop_requested()) throw Interrupted("evaluation stopped; no report was written");
}

void ReconstructionSuite::announce(const std::string& stage) {
    stop_if_asked();
    if (setup_.progress) setup_.progress({stage, std::min(static_cast<double>(stages_done_) / stage_count_, 1.0)});
    ++stages_done_;
}

void ReconstructionSuite::add(Report& report, const std::string& name, const RowSpec& spec) {
    auto result = run_network(spec);
    const std::string who =
        network_->architecture() + (spec.camera == "none" ? "" : fmt::format(", {} camera", spec.camera));
    scores_[fmt::format("{} ({})", name, who)] = std::move(result.rows.back().scores);
    for (auto& row : result.rows) report.rows.push_back(std::move(row.row));
    if (!result.full_trust || spec.views > 1 || spec.unseen_views) return;
    scores_[fmt::format("{} full trust ({})", name, who)] = std::move(result.full_trust->scores);
    report.rows.push_back(std::move(result.full_trust->row));
}

void ReconstructionSuite::add_network_rows(Report& report, const std::string& camera) {
    const bool estimated = camera == "estimated";
    const bool flagship = network_->architecture() == flagship_architecture;
    const bool trust = setup_.trust_prior || !flagship;
    const int iterations = network_->default_iterations();
    add(report, "none", {.camera = camera, .prior = "none", .iterations = iterations});
    for (const int shots : shot_counts) {
        if (estimated && shots != 1 && shots != 5) continue;
        add(report, fmt::format("{}-shot", shots),
            {.camera = camera, .prior = "k-shot", .shots = shots, .iterations = iterations, .trust_prior = trust});
    }
    add(report, "iterations",
        {.camera = camera,
         .prior = "k-shot",
         .shots = 1,
         .iterations = most_iterations,
         .every_iteration = true,
         .query_views = estimated ? ablation_views : 0,
         .trust_prior = trust});
    if (setup_.domain == "renders") {
        for (const int views : view_counts) {
            if (estimated ? views == 2 : views == 1) continue;
            add(report, fmt::format("1-shot {} views", views),
                {.camera = camera,
                 .prior = "k-shot",
                 .shots = 1,
                 .views = views,
                 .iterations = network_->iterations_for(views),
                 .query_views = estimated ? 1 : 0,
                 .trust_prior = trust});
        }
    }
    add(report, "wrong 1-shot",
        {.camera = camera,
         .prior = "wrong",
         .shots = 1,
         .iterations = iterations,
         .query_views = estimated ? wrong_prior_views : 0,
         .trust_prior = trust});
    if (!estimated) {
        add(report, "wrong 5-shot",
            {.camera = camera, .prior = "wrong", .shots = 5, .iterations = iterations, .trust_prior = trust});
    }
    if (camera == "true") {
        for (const int steps : {0, fit_steps}) {
            add(report, steps == 0 ? "1-shot without fit" : "1-shot with fit",
                {.camera = camera,
                 .prior = "k-shot",
                 .shots = 1,
                 .iterations = iterations,
                 .query_views = ablation_views,
                 .trust_prior = trust,
                 .silhouette_steps = steps,
                 .unseen_views = true});
        }
    }
}

void ReconstructionSuite::add_headline_rows(Report& report) {
    for (const int shots : {1, 5}) {
        add(report, fmt::format("{}-shot", shots),
            {.camera = network_->needs_cameras() ? "estimated" : "none",
             .prior = "k-shot",
             .shots = shots,
             .iterations = network_->default_iterations(),
             .trust_prior = setup_.trust_prior || network_->architecture() != flagship_architecture});
    }
}

void ReconstructionSuite::run(Report& report) {
    const bool known_cameras = setup_.domain == "renders";
    stage_count_ = setup_.headlines ? 0 : 6;
    for (const auto& network : setup_.networks) {
        if (setup_.headlines) {
            stage_count_ += 3;
            continue;
        }
        stage_count_ += !network->needs_cameras() ? 15 : (known_cameras ? 17 : 0) + (setup_.estimator ? 11 : 0);
    }
    if (!setup_.headlines) {
        add_mean_rows(report);
        add_exemplar_rows(report);
    }
    for (const auto& network : setup_.networks) {
        network_ = network.get();
        decisions_.clear();
        if (setup_.headlines) {
            if (network->needs_cameras() && !setup_.estimator) continue;
            if (!network->needs_cameras()) encode_views(false);
            add_headline_rows(report);
            continue;
        }
        if (!network->needs_cameras()) {
            encode_views(false);
            add_network_rows(report, "none");
            continue;
        }
        if (known_cameras) {
            encode_views(true);
            add_network_rows(report, "true");
        }
        if (setup_.estimator) add_network_rows(report, "estimated");
    }
}

}  // namespace maquette::recon
