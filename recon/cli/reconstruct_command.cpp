#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "priors/default_locations.h"
#include "recon/cli/camera_file.h"
#include "recon/cli/commands.h"
#include "recon/cli/device.h"
#include "recon/cli/interrupt.h"
#include "recon/cli/photo.h"
#include "recon/cli/preview.h"
#include "recon/cli/reconstruct_priors.h"
#include "recon/cli/reconstruct_report.h"
#include "recon/cli/reconstruction.h"
#include "recon/cli/shipped_weights.h"
#include "recon/refine/mixed_views.h"
#include "render/error.h"
#include "render/io/atomic_file.h"
#include "render/io/binvox.h"
#include "render/io/image_io.h"
#include "render/io/mesh_io.h"
#include "render/parallel.h"

namespace maquette::recon::cli {
namespace {

std::vector<View> read_views(const std::vector<std::string>& photos, const std::vector<GivenCamera>& given) {
    std::vector<View> views;
    views.reserve(photos.size());
    for (std::size_t i = 0; i < photos.size(); ++i) {
        views.push_back(read_view(photos[i], given[i].calibrated));
    }
    return views;
}

void write_result(const ReconstructOptions& options, const Reconstruction& run, float threshold) {
    if (options.output.extension() == ".binvox") {
        render::write_binvox(run.chosen.output, render::resampled(run.field, options.resolution), threshold);
    } else {
        render::write_mesh(run.chosen.output, run.mesh,
                           {.confidence = run.confidence, .prior_position = run.prior_position, .part = run.part});
    }
}

std::string title_of(const ReconstructOptions& options, const std::vector<Reconstruction>& runs) {
    const Reconstruction& first = runs.front();
    const int steps = first.result.final->iteration;
    std::string title = fmt::format("{}, {} step{}", options.model, steps, steps == 1 ? "" : "s");
    if (runs.size() == 1) title += fmt::format(", {} triangles", first.mesh.triangles.size());
    if (runs.back().result.interrupted) title += ", interrupted";
    return title;
}

void write_preview(const ReconstructOptions& options, const std::vector<Reconstruction>& runs, float threshold) {
    std::vector<PreviewedResult> results;
    for (const auto& run : runs) {
        results.push_back({.prior = &run.chosen.prior, .mesh = &run.mesh, .agreement = run.agreement});
    }
    std::vector<View> views = runs.front().views;
    views.insert(views.end(), runs.front().generated.begin(), runs.front().generated.end());
    render::write_image(options.preview, reconstruction_preview(views, results, threshold, title_of(options, runs)));
}

void say_which_agrees_best(const std::vector<Reconstruction>& runs) {
    const Reconstruction* best = best_agreeing(runs);
    if (runs.size() < 2 || best == nullptr) return;
    fmt::print(stderr, "prior {} agrees best with the photo:", best->chosen.prior.name);
    const char* separator = "";
    for (const auto& run : runs) {
        if (!run.agreement) continue;
        fmt::print(stderr, "{} {} {:.2f}", separator, run.chosen.prior.name, *run.agreement);
        separator = ",";
    }
    fmt::print(stderr, "\n");
}

}  // namespace

int run_reconstruct(const ReconstructOptions& given) {
    StageTimer timer;
    ReconstructOptions options = given;
    const auto outputs = resolve_outputs(options);
    (void)device_named(options.device);
    fall_back_to_demo(options);
    options.weights = resolve_weights(options.weights, options.model);
    render::set_thread_count(options.threads);
    configure_compute(options.threads);
    const InterruptGuard interrupt;

    const std::vector<GivenCamera> given_cameras = options.cameras.empty()
                                                       ? std::vector<GivenCamera>(options.photos.size())
                                                       : read_camera_file(options.cameras, options.photos.size());
    const std::vector<View> views = read_views(options.photos, given_cameras);
    std::vector<ChosenPrior> chosen = choose_priors(options, views.front(), priors::default_prior_library(), outputs);
    timer.end_stage("inputs");
    const std::shared_ptr<const RefinementNetwork> network = mixing(load_refinement_network(options.weights));
    if (network->architecture() != options.model) {
        throw InputError(fmt::format("{}: weights of {}, not of {}; give fitting --weights or --model",
                                     options.weights.string(), network->architecture(), options.model));
    }
    timer.end_stage("load");

    Reconstructor reconstructor(options, views, given_cameras, network);
    std::vector<Reconstruction> runs;
    for (ChosenPrior& prior : chosen) {
        if (!runs.empty() && (runs.back().result.interrupted || interrupt.requested())) break;
        const std::string label = runs.empty() ? "reconstruct" : "reconstruct from " + prior.prior.name;
        runs.push_back(reconstructor.run(std::move(prior), label, timer, interrupt.token()));
    }
    options.camera_weights = reconstructor.camera_weights();
    options.diffusion_weights = reconstructor.diffusion_weights();
    options.iterations = runs.front().result.final->iteration;
    options.silhouette_steps = runs.front().silhouette_steps;
    options.threshold = options.threshold.value_or(network->threshold());
    for (const auto& run : runs) write_result(options, run, reconstructor.threshold());
    timer.end_stage("write");
    write_preview(options, runs, reconstructor.threshold());
    timer.end_stage("preview");
    const double warm = reconstructor.warm_step_seconds(runs.front(), interrupt.token());
    timer.end_stage("latency");
    say_which_agrees_best(runs);

    const bool interrupted = runs.back().result.interrupted || runs.size() < chosen.size();
    const ReconstructionRecord record{.options = options,
                                      .network = network.get(),
                                      .runs = &runs,
                                      .interrupted = interrupted,
                                      .warm_step_seconds = warm};
    render::write_file_atomically(options.report, reconstruction_report(record, timer).dump(2) + "\n");
    for (const auto& run : runs) fmt::print("{}  ", run.chosen.output.string());
    fmt::print("{}  {}  ({:.1f} s)\n", options.preview.string(), options.report.string(), timer.total());
    if (!interrupted) return exit_done;
    const auto& last = runs.back().result;
    if (last.interrupted) {
        fmt::print(stderr, "maquette: interrupted after step {} of {}; the result so far was kept\n",
                   last.final->iteration, last.final->iterations);
    } else {
        fmt::print(stderr, "maquette: interrupted after {} of {} priors; their results were kept\n", runs.size(),
                   chosen.size());
    }
    return exit_interrupted;
}

}  // namespace maquette::recon::cli
