#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>
#include <utility>

#include "priors/default_locations.h"
#include "recon/cli/asset_suite.h"
#include "recon/cli/commands.h"
#include "recon/cli/interrupt.h"
#include "recon/cli/output_files.h"
#include "recon/cli/progress_bar.h"
#include "recon/cli/shipped_weights.h"
#include "recon/eval/diffusion_suite.h"
#include "recon/eval/encoder_suite.h"
#include "recon/eval/photo_suite.h"
#include "recon/refine/refinement_network.h"
#include "render/error.h"
#include "render/io/atomic_file.h"
#include "render/parallel.h"

namespace maquette::recon::cli {

namespace {

constexpr const char* diffusion_suite = "diffusion";
constexpr const char* encoder_suite = "encoders";
constexpr const char* photo_suite = "photos";
constexpr const char* asset_suite = "assets";
constexpr std::array default_backgrounds = {"/usr/share/doc/opencv-doc/examples/data",
                                            "/usr/lib/python3/dist-packages/skimage/data"};
constexpr const char* default_encoders = "results/encoders";
constexpr int most_diffusion_views = 2;
constexpr int most_encoder_views = 8;
constexpr int most_asset_views = 1;

using StageProgress = std::function<void(const std::string& stage, double share)>;

PartReport earlier_report(const std::filesystem::path& file) {
    try {
        return part_report_from(nlohmann::json::parse(render::read_file(file)));
    } catch (const std::exception& error) {
        throw InputError(fmt::format("{}: {}; leave --keep out to write it anew", file.string(), error.what()));
    }
}

/// Runs a suite of parts and writes its report.
int report_parts(const EvalOptions& options, const std::string& label,
                 const std::function<PartReport(const StageProgress&, const std::stop_token&)>& suite) {
    const InterruptGuard interrupt;
    const auto keeps = [&] { return options.keep && std::filesystem::exists(options.json); };
    if (keeps()) (void)earlier_report(options.json);
    PartReport report;
    {
        ProgressBar bar(label);
        report = suite([&bar](const std::string& stage, double share) { bar.update(share, stage); }, interrupt.token());
    }
    // Read when all is measured: another run may have added its parts meanwhile.
    if (keeps()) report = with_earlier_parts(std::move(report), earlier_report(options.json));
    write_part_report(report, options.json, options.markdown);
    fmt::print("{}", to_markdown(report, ""));
    return exit_done;
}

int evaluate_diffusion(const EvalOptions& options) {
    const DiffusionSuiteOptions settings{
        .dataset = options.settings.dataset,
        .weights = resolve_weights(options.diffusion_weights, novel_view_model, "--diffusion-weights"),
        .without_geometry_weights = options.without_geometry_weights,
        .preferences = options.preferences,
        .rivals = {options.rivals.begin(), options.rivals.end()},
        .refiner_weights = resolve_weights(options.weights, flagship_model),
        .camera_weights = resolve_weights(options.camera_weights, camera_model),
        .split = options.split,
        .parts = options.parts,
        .views = std::min(options.settings.views, most_diffusion_views),
        .shapes_per_category = options.settings.shapes_per_category,
        .seed = options.settings.seed};
    return report_parts(options, "eval diffusion", [&](const auto& progress, const std::stop_token& stop) {
        return run_diffusion_suite(settings, progress, stop);
    });
}

int evaluate_encoders(const EvalOptions& options) {
    EncoderSuiteOptions settings{.dataset = options.settings.dataset,
                                 .encoders = {options.encoders.begin(), options.encoders.end()},
                                 .descriptor = options.descriptor,
                                 .refiner_weights = resolve_weights(options.weights, flagship_model),
                                 .label_efficiency = options.label_efficiency,
                                 .covariates = options.covariates,
                                 .capture_domain = options.capture_domain,
                                 .split = options.split,
                                 .parts = options.parts,
                                 .views = std::min(options.settings.views, most_encoder_views),
                                 .shapes_per_category = options.settings.shapes_per_category,
                                 .seed = options.settings.seed};
    if (settings.encoders.empty()) settings.encoders = {default_encoders};
    if (settings.descriptor.empty()) settings.descriptor = shipped_encoders();
    if (settings.capture_domain.empty()) settings.capture_domain = shipped_capture_domain();
    return report_parts(options, "eval encoders", [&](const auto& progress, const std::stop_token& stop) {
        return run_encoder_suite(settings, progress, stop);
    });
}

int evaluate_photos(const EvalOptions& options) {
    PhotoSuiteOptions settings{
        .dataset = options.settings.dataset,
        .backgrounds = {options.backgrounds.begin(), options.backgrounds.end()},
        .objects = options.objects.empty() ? priors::assets_folder() / "photos" : options.objects,
        .mask_weights = resolve_matting(options.mask_weights),
        .refiner_weights = resolve_weights(options.weights, flagship_model),
        .split = options.split,
        .parts = options.parts,
        .composites = options.composites,
        .seed = options.settings.seed};
    if (settings.backgrounds.empty()) {
        for (const std::filesystem::path folder : default_backgrounds) {
            if (!std::filesystem::is_directory(folder)) {
                throw InputError(
                    fmt::format("no background photos at {}; install the packages opencv-doc and python3-skimage, or "
                                "name folders with --backgrounds",
                                folder.string()));
            }
            settings.backgrounds.push_back(folder);
        }
    }
    return report_parts(options, "eval photos", [&](const auto& progress, const std::stop_token& stop) {
        return run_photo_suite(settings, progress, stop);
    });
}

int evaluate_assets(const EvalOptions& options) {
    const AssetSuiteOptions settings{.dataset = options.settings.dataset,
                                     .split = options.split,
                                     .views = std::min(options.settings.views, most_asset_views),
                                     .shapes_per_category = options.settings.shapes_per_category,
                                     .threads = options.threads,
                                     .seed = options.settings.seed};
    return report_parts(options, "eval assets", [&](const auto& progress, const std::stop_token& stop) {
        return run_asset_suite(settings, progress, stop);
    });
}

}  // namespace

int run_eval(const EvalOptions& options) {
    for (const std::filesystem::path& output : {options.json, options.markdown}) {
        if (!output.empty()) {
            check_writable(output);
        }
    }
    render::set_thread_count(options.threads);
    configure_compute(options.threads);
    if (options.suite == diffusion_suite) return evaluate_diffusion(options);
    if (options.suite == encoder_suite) return evaluate_encoders(options);
    if (options.suite == photo_suite) return evaluate_photos(options);
    if (options.suite == asset_suite) return evaluate_assets(options);
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
