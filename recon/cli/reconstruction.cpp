#include "recon/cli/reconstruction.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "recon/cli/device.h"
#include "recon/cli/field_surface.h"
#include "recon/cli/output_files.h"
#include "recon/cli/progress_bar.h"
#include "recon/cli/shipped_weights.h"
#include "recon/diffusion/view_loop.h"
#include "recon/refine/outline_completion.h"
#include "recon/refine/prior_appearance.h"
#include "recon/refine/prior_trust.h"
#include "recon/refine/stretched_framing.h"
#include "recon/refine/surface_evidence.h"
#include "recon/refine/texture_baking.h"
#include "render/error.h"
#include "render/mesh_decimation.h"

namespace maquette::recon::cli {
namespace {

constexpr int timed_iterations = 4;

/// The result on about as many cells as the mesh is made from, where the network knows more than its steps show.
render::VoxelGrid finest_field(const RefinementNetwork& network, const Reconstruction& run, int resolution) {
    if (!network.has_detail(*run.encoded) || !run.result.before) return run.result.final->occupancy;
    const auto cells = std::bit_ceil(static_cast<unsigned>(std::clamp(resolution, 64, 512)));
    return network.detail(
        {run.encoded.get(), &run.chosen.prior, &run.result.before->occupancy, run.result.before->iteration},
        static_cast<int>(cells));
}

std::string camera_note(const View& view, const ViewCamera& camera) {
    std::string note = fmt::format("{}: camera {} at azimuth {:.0f}, elevation {:.0f} degrees", view.name,
                                   camera.source, camera.camera.azimuth, camera.camera.elevation);
    if (camera.source == "estimated") {
        note += fmt::format(", {:.0f} % sure", 100 * camera.candidates.front().confidence);
    }
    return note + "; --cameras overrides";
}

std::string placement_note(const Reconstruction& run) {
    const CropCamera first = crop_camera_of(*run.views.front().camera);
    std::string note = fmt::format(
        "--cameras: the object's longest side is {:.3g} units of their world; {} is seen from "
        "azimuth {:.0f}, elevation {:.0f} degrees",
        run.world->placement.size, run.views.front().name, first.azimuth, first.elevation);
    if (run.world->turned_by == "estimate") note += fmt::format(", {:.0f} % sure", 100 * run.world->confidence);
    if (run.world->turned_by == "first photo") note += ", which is assumed";
    return note;
}

/// Outlines of photos whose cameras are no mere assumptions.
std::vector<PosedMask> posed_masks(const Reconstruction& run) {
    std::vector<PosedMask> masks;
    for (std::size_t i = 0; i < run.cameras.size(); ++i) {
        if (run.cameras[i].source == "assumed") continue;
        masks.push_back({run.cameras[i].camera, &run.views[i].mask, run.views[i].weight});
    }
    return masks;
}

}  // namespace

Reconstructor::Reconstructor(const ReconstructOptions& options, std::vector<View> photos, std::vector<View> pictures,
                             GivenCameras given, std::vector<std::optional<double>> focal_lengths,
                             LoadedNetworks& networks, Note note)
    : options_(options),
      photos_(std::move(photos)),
      pictures_(std::move(pictures)),
      given_(std::move(given.photos)),
      world_(std::move(given.world)),
      focal_lengths_(std::move(focal_lengths)),
      networks_(networks),
      note_(std::move(note)),
      refiner_(networks.refiner()),
      network_(refiner_.network()),
      threshold_(static_cast<float>(options.threshold.value_or(network_.threshold()))),
      follow_places_(has_extension(options.output, ".glb") || has_extension(options.output, ".ply") ||
                     options.colours == "prior") {}

/// Finds the object in the world of the calibrated cameras, with the prior's help for which way round it stands.
void Reconstructor::place_in_world(Reconstruction& run) {
    run.world = place_in_object_frame(run.views, *world_, run.chosen.prior, network_, [&]() -> const CameraEstimator& {
        camera_weights_ = networks_.camera_weights();
        return networks_.camera_estimator();
    });
    note_(placement_note(run));
}

/// Gives every view a camera: the user's, or an estimate. Loads the estimator only where it is needed.
void Reconstructor::find_cameras(Reconstruction& run) {
    auto& views = run.views;
    if (world_) place_in_world(run);
    const auto outline = outline_points(run.chosen.prior.mean);
    for (std::size_t i = 0; i < views.size(); ++i) {
        if (!given_[i].direction) continue;
        views[i].camera = camera_of(framed_stretched(*given_[i].direction, outline, views[i].mask), view_size);
    }
    std::vector<CameraDecision> decisions(views.size());
    if (!std::all_of(views.begin(), views.end(), [](const View& view) { return view.camera.has_value(); })) {
        decisions = decide_cameras(views, networks_.camera_estimator(), network_, run.chosen.prior,
                                   {.focal_lengths = focal_lengths_});
        camera_weights_ = networks_.camera_weights();
    }
    for (std::size_t i = 0; i < views.size(); ++i) {
        ViewCamera camera{.source = "given", .camera = crop_camera_of(*views[i].camera), .candidates = decisions[i]};
        if (!camera.candidates.empty()) {
            camera.source = camera.candidates.front().confidence > 0 ? "estimated" : "assumed";
            camera.focal_length = focal_lengths_[i];
            note_(camera_note(views[i], camera));
        }
        run.cameras.push_back(std::move(camera));
    }
}

void Reconstructor::encode(Reconstruction& run) {
    const bool same_for_all = !network_.needs_cameras() ||
                              (!world_ && std::all_of(given_.begin(), given_.end(),
                                                      [](const GivenCamera& camera) { return camera.calibrated; }));
    if (same_for_all && shared_encoding_) {
        run.photos = run.encoded = shared_encoding_;
        return;
    }
    std::vector<CameraDecision> decisions;
    for (const auto& camera : run.cameras) decisions.push_back(camera.candidates);
    run.photos = run.encoded = encode_decided(network_, run.views, decisions);
    if (same_for_all) shared_encoding_ = run.encoded;
}

void Reconstructor::refine(Reconstruction& run, const std::string& label, const std::stop_token& stop) const {
    std::optional<ProgressBar> bar;
    if (!label.empty()) bar.emplace(label);
    run.snapshots.clear();
    run.result = refiner_.run(
        *run.encoded, run.chosen.prior,
        {.iterations = options_.iterations, .tolerance = options_.tolerance, .correspondence = follow_places_},
        [&](const std::shared_ptr<const RefinementSnapshot>& snapshot) {
            run.snapshots.push_back(snapshot);
            if (!bar) return;
            bar->update(static_cast<double>(snapshot->iteration) / snapshot->iterations,
                        fmt::format("step {} of {}", snapshot->iteration, snapshot->iterations));
        },
        stop);
    if (run.result.interrupted && run.result.final->iteration == 0) {
        throw Interrupted("interrupted before the first step; nothing was written");
    }
    run.field = finest_field(network_, run, options_.resolution);
}

/// Views that the photos lack are generated from the result, and the prior is refined again with them.
void Reconstructor::imagine(Reconstruction& run, const std::string& label, const std::stop_token& stop) {
    if (options_.views_from_diffusion == 0) return;
    if (!network_.needs_cameras()) {
        throw UsageError(fmt::format("{} takes no cameras, so that generated views have no place; use --model {}",
                                     options_.model, flagship_model));
    }
    const diffusion::ViewLoop& view_loop = networks_.view_loop();
    diffusion_weights_ = networks_.diffusion_weights();
    diffusion_preferences_ = networks_.diffusion_preferences();
    for (int round = 0; round < options_.diffusion_rounds; ++round) {
        const int first = round * options_.views_from_diffusion;
        std::optional<ProgressBar> bar;
        if (!label.empty()) bar.emplace("generate views");
        std::vector<diffusion::ViewAgreement> agreement;
        auto generated = view_loop.unseen(
            run.views, run.result.final->occupancy, threshold_,
            {.views = options_.views_from_diffusion,
             .weight = static_cast<float>(options_.diffusion_weight),
             .steps = options_.diffusion_steps,
             .seed = options_.diffusion_seed + static_cast<std::uint64_t>(first),
             .from_render = options_.diffusion_from_render,
             .optimise = options_.diffusion_optimise,
             .refiner = &network_,
             .prior = &run.chosen.prior,
             .agreement = &agreement},
            [&](double share) {
                if (bar) bar->update(share, fmt::format("round {} of {}", round + 1, options_.diffusion_rounds));
                return !stop.stop_requested();
            });
        if (generated.empty() || stop.stop_requested()) return;
        std::vector<View> all = run.views;
        all.insert(all.end(), generated.begin(), generated.end());
        run.generated = std::move(generated);
        run.generated_agreement = std::move(agreement);
        run.encoded = network_.encode(all);
        refine(run, label.empty() ? label : "refine again", stop);
    }
}

/// How far the photos agree with the prior; where they do not, the result leans on what they show alone.
void Reconstructor::weigh_prior(Reconstruction& run) const {
    if (run.chosen.prior.exemplars.empty()) return;
    const PriorTrust trust(network_, *run.photos, run.chosen.prior, run.result.final->iteration, threshold_);
    run.agreement = trust.agreement();
    // The published network is left as it was published.
    if (options_.trust_prior == "auto" && options_.model == flagship_model) {
        run.prior_share = trust.share();
        run.field = trust.mixed(run.field);
    }
    if (!trust.low()) return;
    note_(fmt::format(
        "prior {} and photo hardly agree ({:.2f} of 1, {:.2f} is low): it may be of another kind of thing; "
        "`maquette prior rank PHOTO` names closer ones, --prior-alternatives tries several, --prior none does "
        "without{}",
        run.chosen.prior.name, *trust.agreement(), low_agreement,
        run.prior_share < 1 ? fmt::format(". It has {:.0f} % of the say in the result; --trust-prior full gives "
                                          "it all",
                                          100 * run.prior_share)
                            : ""));
}

/// The result fitted to the outlines, where it is asked for and the photos' cameras are no mere assumptions.
void Reconstructor::fit_silhouettes(Reconstruction& run) const {
    run.silhouette_steps = options_.silhouette_steps;
    if (run.silhouette_steps < 0) {
        const bool given = std::all_of(run.cameras.begin(), run.cameras.end(),
                                       [](const ViewCamera& camera) { return camera.source == "given"; });
        run.silhouette_steps = given ? given_camera_silhouette_steps : 0;
    }
    const std::vector<PosedMask> masks = posed_masks(run);
    if (run.silhouette_steps > 0 && !masks.empty()) {
        SilhouetteFitOptions fit;
        fit.steps = run.silhouette_steps;
        fit.place = {device_named(options_.device), options_.threads};
        run.fit = fit_to_masks(run.field, threshold_, masks, fit);
        run.field = run.fit->occupancy;
    }
    for (std::size_t i = 0; i < run.cameras.size(); ++i) {
        run.cameras[i].silhouette_iou = silhouette_iou(run.field, threshold_, run.cameras[i].camera, run.views[i].mask);
    }
}

void Reconstructor::make_mesh(Reconstruction& run) const {
    const std::vector<PosedMask> masks = posed_masks(run);
    run.mesh = surface_of_field(run.field, threshold_, options_.resolution, [&](render::VoxelGrid& fine, float level) {
        if (options_.outline == "complete") run.completed_pixels = complete_outlines(fine, level, run.field, masks);
    });
    if (options_.triangles > 0) run.mesh = render::decimated(run.mesh, options_.triangles);
    run.topology = render::topology_of(run.mesh);
    const bool closed =
        options_.closed == "on" || (options_.closed == "auto" && has_extension(options_.output, ".stl"));
    if (closed && !run.topology.closed()) {
        throw Error(fmt::format(
            "the surface could not be closed ({} boundary edges, {} edges and {} vertices where sheets meet); give "
            "another --resolution or --threshold, or --closed off",
            run.topology.boundary_edges, run.topology.non_manifold_edges, run.topology.non_manifold_vertices));
    }
}

/// Colours, confidence, and what the prior says of each vertex.
void Reconstructor::mark_vertices(Reconstruction& run) const {
    if (network_.needs_cameras()) {
        SurfaceEvidence evidence = surface_evidence(run.mesh, run.views);
        run.confidence = std::move(evidence.confidence);
        if (options_.colours != "none") run.mesh.vertex_colours = std::move(evidence.colours);
    }
    if (!follow_places_ || run.result.correspondence.empty() || run.chosen.prior.exemplars.empty()) return;
    run.prior_position = places_before(run.result.correspondence, run.mesh.vertices);
    const auto source = priors::PriorLibrary::source_mesh(run.chosen.parts);
    if (!source) {
        if (options_.colours == "prior") {
            note_(fmt::format("prior {} has no colours of its own, only a mesh file has; the photo's are taken",
                              run.chosen.prior.name));
        }
        return;
    }
    const PriorAppearance appearance(*source);
    PriorAppearance::Marks marks = appearance.at(run.prior_position);
    run.part = std::move(marks.parts);
    run.part_names = appearance.part_names();
    if (options_.colours != "prior") return;
    if (appearance.has_colours()) {
        run.mesh.vertex_colours = std::move(marks.colours);
    } else {
        note_(fmt::format("{} has no colours; the photo's are taken", run.chosen.parts.front()));
    }
}

/// A texture from the photos as sharp as they are.
void Reconstructor::paint(Reconstruction& run) const {
    if (pictures_.empty() || run.mesh.vertex_colours.empty()) return;
    std::vector<View> pictures = pictures_;
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        pictures[i].weight = run.views[i].weight;
        const int size = pictures[i].rgb.width;
        if (world_) {
            pictures[i].camera = run.views[i].camera->resized(size, size);
        } else if (!pictures[i].camera) {
            pictures[i].camera = camera_of(crop_camera_of(*run.views[i].camera), size);
        }
    }
    run.textured = with_baked_texture(run.mesh, pictures, {.size = options_.texture, .generated = run.generated});
}

Reconstruction Reconstructor::run(ChosenPrior chosen, const std::string& label, StageTimer& timer,
                                  const std::stop_token& stop) {
    const double start = timer.total();
    Reconstruction run;
    run.chosen = std::move(chosen);
    run.views = photos_;
    if (network_.needs_cameras()) {
        find_cameras(run);
        timer.end_stage("camera");
    }
    encode(run);
    timer.end_stage("encode");
    refine(run, label, stop);
    timer.end_stage("refine");
    if (!run.result.interrupted) imagine(run, label, stop);
    timer.end_stage("generated views");
    weigh_prior(run);
    timer.end_stage("agreement");
    fit_silhouettes(run);
    timer.end_stage("silhouettes");
    make_mesh(run);
    timer.end_stage("extract");
    mark_vertices(run);
    timer.end_stage("colours");
    paint(run);
    timer.end_stage("texture");
    run.seconds = timer.total() - start;
    return run;
}

/// A short run is repeated, longer, for it.
double Reconstructor::warm_step_seconds(const Reconstruction& done, const std::stop_token& stop) const {
    std::vector<double> seconds = done.result.step_seconds;
    if (seconds.size() < timed_iterations && !stop.stop_requested()) {
        seconds =
            refiner_.run(*done.encoded, done.chosen.prior, {.iterations = timed_iterations}, {}, stop).step_seconds;
    }
    if (seconds.size() < 2) return 0;
    const auto middle = seconds.begin() + 1 + static_cast<std::ptrdiff_t>((seconds.size() - 1) / 2);
    std::nth_element(seconds.begin() + 1, middle, seconds.end());
    return *middle;
}

}  // namespace maquette::recon::cli
