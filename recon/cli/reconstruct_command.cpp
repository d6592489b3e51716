#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "priors/default_locations.h"
#include "recon/cli/camera_file.h"
#include "recon/cli/commands.h"
#include "recon/cli/device.h"
#include "recon/cli/field_surface.h"
#include "recon/cli/interrupt.h"
#include "recon/cli/output_files.h"
#include "recon/cli/photo.h"
#include "recon/cli/preview.h"
#include "recon/cli/prior_ranking.h"
#include "recon/cli/progress_bar.h"
#include "recon/cli/reconstruct_report.h"
#include "recon/cli/shipped_weights.h"
#include "recon/refine/mixed_views.h"
#include "recon/refine/refiner.h"
#include "recon/refine/silhouette_fit.h"
#include "recon/refine/stretched_framing.h"
#include "recon/refine/surface_evidence.h"
#include "render/error.h"
#include "render/io/atomic_file.h"
#include "render/io/binvox.h"
#include "render/io/image_io.h"
#include "render/io/mesh_io.h"
#include "render/parallel.h"

namespace maquette::recon::cli {
namespace {

using Snapshots = std::vector<std::shared_ptr<const RefinementSnapshot>>;

constexpr int timed_iterations = 4;

void resolve_outputs(ReconstructOptions& options) {
    if (options.preview.empty()) {
        options.preview = beside(options.output, "_preview.png");
    }
    if (options.report.empty()) {
        options.report = beside(options.output, ".json");
    }
    check_extension(options.output, {".glb", ".obj", ".ply", ".stl", ".binvox"});
    check_extension(options.preview, {".png", ".jpg", ".jpeg", ".webp"});
    const std::set<std::filesystem::path> outputs = {
        options.output.lexically_normal(), options.preview.lexically_normal(), options.report.lexically_normal()};
    if (outputs.size() < 3) {
        throw UsageError("--output, --preview and --report name the same file; give each its own");
    }
    for (const std::filesystem::path& output : outputs) {
        check_writable(output);
    }
}

/// The shipped picture and its prior, when no photo was given.
void fall_back_to_demo(ReconstructOptions& options) {
    if (!options.photos.empty()) {
        return;
    }
    const std::filesystem::path folder = priors::assets_folder() / "demo";
    options.photos = {(folder / "demo.png").string()};
    if (options.prior.empty()) {
        const auto demo = nlohmann::json::parse(render::read_file(folder / "demo.json"), nullptr, false);
        if (!demo.is_object() || !demo.contains("prior") || !demo["prior"].is_string()) {
            throw InputError(fmt::format("{}: no \"prior\" in it", (folder / "demo.json").string()));
        }
        options.prior = {demo["prior"].get<std::string>()};
    }
    fmt::print(stderr, "no photo given: the demo, {} with prior {}\n", options.photos.front(),
               fmt::join(options.prior, " "));
}

std::vector<View> read_views(const std::vector<std::string>& photos, const std::vector<GivenCamera>& given) {
    std::vector<View> views;
    views.reserve(photos.size());
    for (std::size_t i = 0; i < photos.size(); ++i) {
        views.push_back(read_view(photos[i], given[i].calibrated));
    }
    return views;
}

/// Gives every view a camera: the user's, or an estimate. Loads the estimator only where it is needed, and empties
/// options.camera_weights where it is not.
std::vector<ViewCamera> find_cameras(ReconstructOptions& options, std::vector<View>& views,
                                     const std::vector<GivenCamera>& given, const RefinementNetwork& network,
                                     const priors::CategoryPrior& prior) {
    const auto outline = outline_points(prior.mean);
    for (std::size_t i = 0; i < views.size(); ++i) {
        if (!given[i].direction) continue;
        views[i].camera = camera_of(framed_stretched(*given[i].direction, outline, views[i].mask), view_size);
    }
    std::vector<CameraDecision> decisions(views.size());
    if (std::all_of(views.begin(), views.end(), [](const View& view) { return view.camera.has_value(); })) {
        options.camera_weights.clear();
    } else {
        options.camera_weights = resolve_weights(options.camera_weights, camera_model);
        decisions = decide_cameras(views, load_camera_estimator(options.camera_weights), network, prior);
    }
    std::vector<ViewCamera> cameras;
    for (std::size_t i = 0; i < views.size(); ++i) {
        ViewCamera camera{.source = "given", .camera = crop_camera_of(*views[i].camera), .candidates = decisions[i]};
        if (!camera.candidates.empty()) {
            camera.source = camera.candidates.front().confidence > 0 ? "estimated" : "assumed";
            fmt::print(stderr, "{}: camera {} at azimuth {:.0f}, elevation {:.0f} degrees", views[i].name,
                       camera.source, camera.camera.azimuth, camera.camera.elevation);
            if (camera.source == "estimated") {
                fmt::print(stderr, ", {:.0f} % sure", 100 * camera.candidates.front().confidence);
            }
            fmt::print(stderr, "; --cameras overrides\n");
        }
        cameras.push_back(std::move(camera));
    }
    return cameras;
}

/// Fills options.prior where the user gave none. Returns how the prior was chosen.
std::string choose_prior(ReconstructOptions& options, const View& photo, const priors::PriorLibrary& library) {
    if (!options.prior.empty()) {
        return "given";
    }
    const std::vector<RankedPrior> ranking = rank_priors(photo, library);
    if (ranking.empty()) {
        options.prior = {"none"};
        fmt::print(stderr, "no prior given and none in the library: starting from nothing; --prior MESH helps\n");
        return "none known";
    }
    options.prior = {ranking.front().name};
    fmt::print(stderr, "no prior given: {} looks closest; --prior NAME chooses another (`maquette prior list`)\n",
               ranking.front().name);
    return fmt::format("closest by pixels, distance {:.3f}", ranking.front().distance);
}

/// Median of the steps after the first; a short run is repeated, longer, for it.
double warm_step_seconds(const Refiner& refiner, const EncodedViews& encoded, const priors::CategoryPrior& prior,
                         const RefinementResult& result, const std::stop_token& stop) {
    std::vector<double> seconds = result.step_seconds;
    if (seconds.size() < timed_iterations && !stop.stop_requested()) {
        seconds = refiner.run(encoded, prior, {.iterations = timed_iterations}, {}, stop).step_seconds;
    }
    if (seconds.size() < 2) {
        return 0;
    }
    const auto middle = seconds.begin() + 1 + static_cast<std::ptrdiff_t>((seconds.size() - 1) / 2);
    std::nth_element(seconds.begin() + 1, middle, seconds.end());
    return *middle;
}

/// The result on about as many cells as the mesh is made from, where the network knows more than its steps show.
render::VoxelGrid finest_field(const RefinementNetwork& network, const EncodedViews& views,
                               const priors::CategoryPrior& prior, const RefinementResult& result, int resolution) {
    if (!network.has_detail() || !result.before) return result.final->occupancy;
    const auto cells = std::bit_ceil(static_cast<unsigned>(std::clamp(resolution, 64, 512)));
    return network.detail({&views, &prior, &result.before->occupancy, result.before->iteration},
                          static_cast<int>(cells));
}

/// The result fitted to the outlines; nothing where it is not asked for, or a photo's camera is a mere assumption.
/// Settles options.silhouette_steps.
std::optional<SilhouetteFit> fit_silhouettes(const render::VoxelGrid& result, float threshold,
                                             ReconstructOptions& options, const std::vector<ViewCamera>& cameras,
                                             const std::vector<View>& views) {
    if (options.silhouette_steps < 0) {
        const bool given = std::all_of(cameras.begin(), cameras.end(),
                                       [](const ViewCamera& camera) { return camera.source == "given"; });
        options.silhouette_steps = given ? given_camera_silhouette_steps : 0;
    }
    std::vector<PosedMask> masks;
    for (std::size_t i = 0; i < cameras.size(); ++i) {
        if (cameras[i].source != "assumed") masks.push_back({cameras[i].camera, &views[i].mask, views[i].weight});
    }
    if (options.silhouette_steps == 0 || masks.empty()) return {};
    SilhouetteFitOptions fit;
    fit.steps = options.silhouette_steps;
    fit.place = {device_named(options.device), options.threads};
    return fit_to_masks(result, threshold, masks, fit);
}

void write_result(const ReconstructOptions& options, const render::TriangleMesh& mesh,
                  const std::vector<float>& confidence, const render::VoxelGrid& occupancy, float threshold) {
    if (options.output.extension() == ".binvox") {
        render::write_binvox(options.output, render::resampled(occupancy, options.resolution), threshold);
    } else {
        render::write_mesh(options.output, mesh, confidence);
    }
}

}  // namespace

int run_reconstruct(const ReconstructOptions& given) {
    StageTimer timer;
    ReconstructOptions options = given;
    resolve_outputs(options);
    (void)device_named(options.device);
    fall_back_to_demo(options);
    options.weights = resolve_weights(options.weights, options.model);
    render::set_thread_count(options.threads);
    configure_compute(options.threads);
    const InterruptGuard interrupt;

    const std::vector<GivenCamera> given_cameras = options.cameras.empty()
                                                       ? std::vector<GivenCamera>(options.photos.size())
                                                       : read_camera_file(options.cameras, options.photos.size());
    std::vector<View> views = read_views(options.photos, given_cameras);
    const priors::PriorLibrary library = priors::default_prior_library();
    const std::string prior_choice = choose_prior(options, views.front(), library);
    const priors::CategoryPrior prior = library.resolve(options.prior);
    timer.end_stage("inputs");
    const std::shared_ptr<const RefinementNetwork> network = mixing(load_refinement_network(options.weights));
    if (network->architecture() != options.model) {
        throw InputError(fmt::format("{}: weights of {}, not of {}; give fitting --weights or --model",
                                     options.weights.string(), network->architecture(), options.model));
    }
    timer.end_stage("load");

    std::vector<ViewCamera> cameras;
    if (network->needs_cameras()) {
        cameras = find_cameras(options, views, given_cameras, *network, prior);
        timer.end_stage("camera");
    } else {
        options.camera_weights.clear();
    }
    const Refiner refiner(network);
    std::vector<CameraDecision> decisions;
    for (const auto& camera : cameras) decisions.push_back(camera.candidates);
    const std::unique_ptr<EncodedViews> encoded = encode_decided(*network, views, decisions);
    timer.end_stage("encode");
    Snapshots snapshots;
    RefinementResult result;
    {
        ProgressBar bar("reconstruct");
        result = refiner.run(
            *encoded, prior, {.iterations = options.iterations},
            [&](const std::shared_ptr<const RefinementSnapshot>& snapshot) {
                snapshots.push_back(snapshot);
                bar.update(static_cast<double>(snapshot->iteration) / snapshot->iterations,
                           fmt::format("step {} of {}", snapshot->iteration, snapshot->iterations));
            },
            interrupt.token());
    }
    timer.end_stage("refine");
    if (result.interrupted && result.final->iteration == 0) {
        throw Interrupted("interrupted before the first step; nothing was written");
    }
    options.iterations = result.final->iteration;

    const auto threshold = static_cast<float>(options.threshold.value_or(network->threshold()));
    render::VoxelGrid field = finest_field(*network, *encoded, prior, result, options.resolution);
    timer.end_stage("detail");
    const auto fit = fit_silhouettes(field, threshold, options, cameras, views);
    if (fit) field = fit->occupancy;
    for (std::size_t i = 0; i < cameras.size(); ++i) {
        cameras[i].silhouette_iou = silhouette_iou(field, threshold, cameras[i].camera, views[i].mask);
    }
    timer.end_stage("silhouettes");
    render::TriangleMesh mesh = surface_of_field(field, threshold, options.resolution);
    timer.end_stage("extract");
    SurfaceEvidence evidence;
    if (network->needs_cameras()) {
        evidence = surface_evidence(mesh, views);
        if (options.colours) mesh.vertex_colours = std::move(evidence.colours);
        timer.end_stage("colours");
    }
    write_result(options, mesh, evidence.confidence, field, threshold);
    timer.end_stage("write");
    const std::string title = fmt::format("{}, {} step{}, {} triangles{}", network->architecture(), options.iterations,
                                          options.iterations == 1 ? "" : "s", mesh.triangles.size(),
                                          result.interrupted ? ", interrupted" : "");
    render::write_image(options.preview, reconstruction_preview(views, prior, threshold, mesh, title));
    timer.end_stage("preview");
    const double warm = warm_step_seconds(refiner, *encoded, prior, result, interrupt.token());
    timer.end_stage("latency");

    const ReconstructionRecord record{.options = options,
                                      .prior_choice = prior_choice,
                                      .prior = &prior,
                                      .network = network.get(),
                                      .result = &result,
                                      .snapshots = &snapshots,
                                      .mesh = &mesh,
                                      .cameras = &cameras,
                                      .fit = fit,
                                      .warm_step_seconds = warm};
    render::write_file_atomically(options.report, reconstruction_report(record, timer).dump(2) + "\n");
    fmt::print("{}  {}  {}  ({:.1f} s)\n", options.output.string(), options.preview.string(), options.report.string(),
               timer.total());
    if (result.interrupted) {
        fmt::print(stderr, "maquette: interrupted after step {} of {}; the result so far was kept\n",
                   result.final->iteration, result.final->iterations);
        return exit_interrupted;
    }
    return exit_done;
}

}  // namespace maquette::recon::cli
