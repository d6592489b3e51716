#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "priors/default_locations.h"
#include "recon/cli/batch_command.h"
#include "recon/cli/commands.h"
#include "recon/cli/device.h"
#include "recon/cli/interrupt.h"
#include "recon/cli/object_run.h"
#include "recon/cli/reconstruct_report.h"
#include "render/error.h"
#include "render/io/atomic_file.h"
#include "render/parallel.h"

namespace maquette::recon::cli {
namespace {

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
    if (!given.batch.empty()) return run_batch(given);
    if (!given.out.empty()) {
        throw UsageError("--out is the folder that --batch writes to; --output names the mesh of one object");
    }
    StageTimer timer;
    ReconstructOptions options = given;
    const auto outputs = resolve_outputs(options);
    (void)device_named(options.device);
    fall_back_to_demo(options);
    render::set_thread_count(options.threads);
    configure_compute(options.threads);
    const InterruptGuard interrupt;
    LoadedNetworks networks(options);
    KnownPriors priors(priors::default_prior_library());
    timer.end_stage("load");

    const ObjectRunSettings settings{.label = "reconstruct", .measure_latency = true, .note = [](const auto& note) {
                                         fmt::print(stderr, "{}\n", note);
                                     }};
    const ObjectRun object = run_object(options, outputs, networks, priors, settings, timer, interrupt.token());
    const std::vector<Reconstruction>& runs = object.runs;
    say_which_agrees_best(runs);
    render::write_file_atomically(options.report, report_of(object, networks, timer).dump(2) + "\n");
    for (const auto& run : runs) fmt::print("{}  ", run.chosen.output.string());
    fmt::print("{}  {}  ({:.1f} s)\n", options.preview.string(), options.report.string(), timer.total());
    if (!object.interrupted()) return exit_done;
    const auto& last = runs.back().result;
    if (last.interrupted) {
        fmt::print(stderr, "maquette: interrupted after step {} of {}; the result so far was kept\n",
                   last.final->iteration, last.final->iterations);
    } else {
        fmt::print(stderr, "maquette: interrupted after {} of {} priors; their results were kept\n", runs.size(),
                   object.priors);
    }
    return exit_interrupted;
}

}  // namespace maquette::recon::cli
