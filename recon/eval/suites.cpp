#include "recon/eval/suites.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "priors/prior_library.h"
#include "recon/eval/query_set.h"
#include "recon/eval/reconstruction_suite.h"
#include "recon/refine/camera_estimate.h"
#include "recon/refine/mixed_views.h"
#include "recon/refine/prior_trust.h"
#include "recon/refine/refinement_network.h"
#include "render/error.h"
#include "render/io/atomic_file.h"

namespace maquette::recon {
namespace {

constexpr int max_shots = 10;
constexpr int render_views_for_icons = 4;

std::vector<int> limited(const ShapeDataset& dataset, const std::vector<int>& shapes, int per_category) {
    if (per_category <= 0) return shapes;
    std::map<std::string, int> taken;
    std::vector<int> kept;
    for (const int shape : shapes) {
        if (taken[dataset.shapes()[static_cast<std::size_t>(shape)].category]++ < per_category) kept.push_back(shape);
    }
    return kept;
}

/// The shapes that have icons once more, by our own renders: the same rows, draws and order of shapes, so that icons
/// and renders are paired.
void add_renders_of_icons(const ShapeDataset& dataset, const QuerySet& icons, const PriorSampler& sampler,
                          const SuiteOptions& options, ReconstructionSuite::Setup setup, Report& report,
                          ScoresByRow& scores) {
    std::vector<int> shapes;
    for (const auto& shape : icons.shapes()) shapes.push_back(shape.dataset_index);
    const QuerySet renders(dataset, shapes, sampler, std::min(options.views, render_views_for_icons), options.draws,
                           max_shots, false, options.seed);
    setup.domain = "renders";
    setup.headlines = true;
    ReconstructionSuite rows(dataset, renders, sampler, setup);
    rows.run(report);
    for (const auto& [name, row] : rows.scores()) {
        const auto of_icons = scores.find(name);
        if (of_icons == scores.end()) continue;
        scores[name + ", icons"] = of_icons->second;
        scores[name + ", renders"] = row;
    }
}

}  // namespace

Report run_suite(const std::string& suite, const SuiteOptions& options,
                 const std::function<void(const SuiteProgress&)>& progress, std::stop_token stop) {
    const std::map<std::string, std::pair<priors::Split, bool>> suites = {
        {"novel", {priors::Split::novel, false}},
        {"base", {priors::Split::held_out, false}},
        {"icons", {priors::Split::novel, true}},
        {"validation", {priors::Split::validation, false}},
    };
    const auto found = suites.find(suite);
    if (found == suites.end()) {
        throw UsageError(fmt::format("suite '{}' is unknown; known: novel, base, icons, validation", suite));
    }
    if (options.views < 1 || options.draws < 1) {
        throw UsageError(fmt::format("{} views and {} draws asked for; give at least 1", options.views, options.draws));
    }
    const auto [split, icons] = found->second;
    const ShapeDataset dataset(options.dataset);
    std::vector<std::shared_ptr<const RefinementNetwork>> networks;
    for (const auto& weights : options.weights) networks.push_back(mixing(load_refinement_network(weights)));
    std::shared_ptr<const CameraEstimator> estimator;
    if (!options.camera_weights.empty()) {
        estimator = std::make_shared<CameraEstimator>(load_camera_estimator(options.camera_weights));
    }

    // Exemplars of novel categories are the other shapes of the category; those of base categories are training shapes.
    const auto tests = limited(dataset, shapes_of(dataset, split), options.shapes_per_category);
    if (tests.empty()) {
        throw InputError(fmt::format("{} holds no {} shapes; build it from the whole catalogue",
                                     options.dataset.string(), priors::to_string(split)));
    }
    const PriorSampler sampler(dataset,
                               shapes_of(dataset, split == priors::Split::novel ? split : priors::Split::train));
    if (options.trust_prior != "auto" && options.trust_prior != "full") {
        throw UsageError(fmt::format("trust in the prior is auto or full, not '{}'", options.trust_prior));
    }
    const QuerySet queries(dataset, tests, sampler, options.views, options.draws, max_shots, icons, options.seed);
    if (queries.queries().empty()) {
        throw InputError(fmt::format("{} holds no pictures for suite {}; build it from the whole catalogue",
                                     options.dataset.string(), suite));
    }

    Report report;
    report.suite = suite;
    report.data_digest = dataset.digest();
    for (const auto& weights : options.weights) report.weights_digest += render::sha256_of_file(weights) + " ";
    if (estimator) report.weights_digest += render::sha256_of_file(options.camera_weights) + " ";
    if (!report.weights_digest.empty()) report.weights_digest.pop_back();
    const auto thresholds = choose_mean_thresholds(dataset, {1, 2, 3, 5, 10}, options.seed);
    report.choices = {
        fmt::format("{} shapes of {} categories, {} queries: {} views a shape, prior draw (view mod {})", tests.size(),
                    queries.categories().size(), queries.queries().size(), icons ? 1 : options.views, options.draws),
        "exemplars are never the query nor a near-duplicate of it (32^3 IoU above 0.9)",
        fmt::format("mean-prior thresholds by shots, chosen on base validation: {:.2f} {:.2f} {:.2f} {:.2f} {:.2f}",
                    thresholds.at(1), thresholds.at(2), thresholds.at(3), thresholds.at(5), thresholds.at(10)),
        "figures are means over categories of category means; intervals are 95 % bootstrap over shapes",
        "wallace2019 with n views: iteration i sees view i (the paper's test loop); training saw one view",
        "flagship with n views: all views in every iteration; training saw 1 to 4",
        "estimated camera: from the photo and the prior; with no prior, the same camera for every photo",
        "five camera hypotheses, each refined and drawn back; one photo is refined under all that have belief, mixed",
        ("rows of several views and an estimated camera, and the row '1-shot 1 views' that they are compared with: 1 "
         "query view a shape; rows of every iteration with an estimated camera, and those with and without the fit to "
         "the outline: 2; rows of a wrong prior with an estimated camera: 4"),
        "unseen: mask IoU in four other views of the shape, under their true cameras",
        ("without rotational symmetry: turned by 45, 60 ... 180 degrees, the true shape never overlaps itself by more "
         "than 0.8 (32^3 IoU)"),
        "by category, and best of: differences of the rows that the name says, mean over categories",
        "mask IoU: the result drawn under the camera used, 32x32, against the input view's mask, both soft",
        "shots 0 in the rows nearest and oracle: every other shape of the category is a candidate",
        "Chamfer-L1, F-scores: 4000 points, 2 views a shape, marching cubes at 32^3 against the true distance at 64^3",
    };
    for (const auto& network : networks) {
        report.choices.push_back(fmt::format("{}: threshold {:.2f} and {} iterations, both chosen on base validation",
                                             network->architecture(), network->threshold(),
                                             network->default_iterations()));
    }
    if (options.trust_prior == "auto") {
        report.choices.push_back(
            fmt::format("flagship, trust auto: the result mixed with what the photos tell alone, by their agreement "
                        "with the prior (32^3 IoU); below {} a prior counts as noticed to be wrong",
                        low_agreement));
    }
    ReconstructionSuite::Setup setup{.networks = networks,
                                     .estimator = estimator,
                                     .mean_thresholds = thresholds,
                                     .domain = icons ? "icons" : "renders",
                                     .trust_prior = options.trust_prior == "full",
                                     .headlines = false,
                                     .progress = progress,
                                     .stop = std::move(stop)};
    ReconstructionSuite rows(dataset, queries, sampler, setup);
    rows.run(report);
    ScoresByRow scores = rows.scores();
    if (icons) add_renders_of_icons(dataset, queries, sampler, options, setup, report, scores);
    compare_rows(scores, queries, report);
    return report;
}

}  // namespace maquette::recon
