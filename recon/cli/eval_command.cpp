#include <fmt/format.h>

#include "recon/cli/commands.h"
#include "recon/cli/interrupt.h"
#include "recon/cli/output_files.h"
#include "recon/cli/progress_bar.h"
#include "recon/cli/shipped_weights.h"
#include "recon/refine/refinement_network.h"
#include "render/error.h"
#include "render/parallel.h"

namespace maquette::recon::cli {

int run_eval(const EvalOptions& options) {
    for (const std::filesystem::path& output : {options.json, options.markdown}) {
        if (!output.empty()) {
            check_writable(output);
        }
    }
    SuiteOptions settings = options.settings;
    if (options.model == "all") {
        if (!options.weights.empty()) throw UsageError("--weights are of one model; say which with --model");
        settings.weights = {resolve_weights({}, wallace_model), resolve_weights({}, flagship_model)};
    } else {
        settings.weights = {resolve_weights(options.weights, options.model)};
    }
    if (options.model != wallace_model) {
        settings.camera_weights = resolve_weights(options.camera_weights, camera_model);
    }
    render::set_thread_count(options.threads);
    configure_compute(options.threads);
    const InterruptGuard interrupt;
    Report report;
    {
        ProgressBar bar("eval " + options.suite);
        report = run_suite(
            options.suite, settings,
            [&bar](const SuiteProgress& progress) { bar.update(progress.fraction, progress.stage); },
            interrupt.token());
    }
    if (interrupt.requested()) {
        throw Interrupted("interrupted; no report was written");
    }
    if (!options.json.empty()) {
        write_report_json(options.json, report);
    }
    if (!options.markdown.empty()) {
        write_report_markdown(options.markdown, report);
    }
    fmt::print("{}", to_markdown(report));
    return exit_done;
}

}  // namespace maquette::recon::cli
