#include "recon/cli/object_run.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "recon/cli/camera_file.h"
#include "recon/cli/capture_warnings.h"
#include "recon/cli/exported_mesh.h"
#include "recon/cli/output_files.h"
#include "recon/cli/photo.h"
#include "recon/cli/preview.h"
#include "recon/cli/reconstruct_report.h"
#include "render/error.h"
#include "render/io/binvox.h"
#include "render/io/image_io.h"
#include "render/io/mesh_io.h"

namespace maquette::recon::cli {
namespace {

/// Views, and pictures as sharp as a texture can use them where one is made.
struct Photos {
    std::vector<View> views;
    std::vector<View> pictures;  ///< or none
    std::vector<std::optional<double>> focal_lengths;
    std::vector<std::string> cutouts;
};

Photos read_photos(const ReconstructOptions& options, const GivenCameras& cameras, const Note& note) {
    constexpr int least_texture = 64;
    if (options.texture > 0 && options.texture < least_texture) {
        throw UsageError(fmt::format("--texture {} is below {} texels a side; 0 gives each vertex a colour instead",
                                     options.texture, least_texture));
    }
    const bool takes_texture = has_extension(options.output, ".glb") || has_extension(options.output, ".obj");
    const bool textured = options.texture > 0 && options.colours == "photo" && takes_texture;
    const auto hints = photo_hints(options.masks, options.boxes, options.matting, options.photos.size());
    const auto& given = cameras.photos;
    Photos photos;
    for (std::size_t i = 0; i < options.photos.size(); ++i) {
        Photo photo = read_photo(options.photos[i], given[i].calibrated, hints[i],
                                 textured ? options.texture : view_size, given[i].lens);
        for (const auto& warning : photo.warnings) note(warning);
        // A camera in another world than the object's does not say from where it looks at the object.
        const auto camera = photo.view.camera;
        if (cameras.world) photo.view.camera.reset();
        for (const auto& warning : capture_warnings(photo, given[i])) note(warning);
        photo.view.camera = camera;
        photos.views.push_back(std::move(photo.view));
        if (textured) photos.pictures.push_back(std::move(photo.picture));
        photos.focal_lengths.push_back(photo.focal_length);
        photos.cutouts.push_back(std::move(photo.cutout));
    }
    return photos;
}

/// One photo does not say where the object is in its camera's world, only how strong the perspective is.
void keep_focal_length(GivenCameras& given, Photos& photos, const Note& note) {
    const render::Camera& camera = *photos.views.front().camera;
    given.world.reset();
    given.photos.front() = {};
    photos.focal_lengths.front() = camera.fx / camera.width;
    note(
        fmt::format("{}: one photo does not show where the object is in the world of --cameras; its focal length is "
                    "used, the rest is estimated",
                    photos.views.front().name));
    photos.views.front().camera.reset();
    for (View& picture : photos.pictures) picture.camera.reset();
}

void write_result(const ReconstructOptions& options, const Reconstruction& run, float threshold) {
    if (options.output.extension() == ".binvox") {
        render::write_binvox(run.chosen.output, render::resampled(run.field, options.resolution), threshold);
    } else {
        render::write_mesh(run.chosen.output, exported_mesh(options, run.textured ? *run.textured : run.mesh),
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
    results.reserve(runs.size());
    for (const auto& run : runs) {
        results.push_back({.prior = &run.chosen.prior,
                           .mesh = run.textured ? &*run.textured : &run.mesh,
                           .agreement = run.agreement});
    }
    std::vector<View> views = runs.front().views;
    views.insert(views.end(), runs.front().generated.begin(), runs.front().generated.end());
    render::write_image(options.preview, reconstruction_preview(views, results, threshold, title_of(options, runs)));
}

}  // namespace

ObjectRun run_object(const ReconstructOptions& given, const std::vector<std::filesystem::path>& outputs,
                     LoadedNetworks& networks, KnownPriors& priors, const ObjectRunSettings& settings,
                     StageTimer& timer, const std::stop_token& stop) {
    ObjectRun object{.options = given};
    ReconstructOptions& options = object.options;
    options.weights = networks.refiner_weights();
    GivenCameras cameras{.photos = std::vector<GivenCamera>(options.photos.size())};
    if (!options.cameras.empty()) cameras = read_cameras(options.cameras, options.photos);
    Photos photos = read_photos(options, cameras, settings.note);
    if (cameras.world && photos.views.size() == 1) keep_focal_length(cameras, photos, settings.note);
    object.cutouts = std::move(photos.cutouts);
    std::vector<ChosenPrior> chosen = choose_priors(options, photos.views.front(), priors, outputs, settings.note);
    object.priors = chosen.size();
    timer.end_stage("inputs");

    Reconstructor reconstructor(options, std::move(photos.views), std::move(photos.pictures), cameras,
                                std::move(photos.focal_lengths), networks, settings.note);
    std::vector<Reconstruction>& runs = object.runs;
    for (ChosenPrior& prior : chosen) {
        if (!runs.empty() && (runs.back().result.interrupted || stop.stop_requested())) break;
        const bool alternative = !runs.empty() && !settings.label.empty();
        const std::string label = alternative ? settings.label + " from " + prior.prior.name : settings.label;
        runs.push_back(reconstructor.run(std::move(prior), label, timer, stop));
    }
    object.threshold = reconstructor.threshold();
    options.camera_weights = reconstructor.camera_weights();
    options.diffusion_weights = reconstructor.diffusion_weights();
    if (!options.diffusion_weights.empty()) {
        const auto& preferences = reconstructor.diffusion_preferences();
        options.diffusion_preferences = preferences.empty() ? "none" : preferences.string();
    }
    options.iterations = runs.front().result.final->iteration;
    options.silhouette_steps = runs.front().silhouette_steps;
    options.threshold = options.threshold.value_or(networks.refiner()->threshold());
    for (const auto& run : runs) write_result(options, run, object.threshold);
    timer.end_stage("write");
    write_preview(options, runs, object.threshold);
    timer.end_stage("preview");
    if (settings.measure_latency) {
        object.warm_step_seconds = reconstructor.warm_step_seconds(runs.front(), stop);
        timer.end_stage("latency");
    }
    return object;
}

nlohmann::json report_of(const ObjectRun& run, const LoadedNetworks& networks, const StageTimer& timer) {
    const ReconstructionRecord record{.options = run.options,
                                      .network = networks.refiner().get(),
                                      .runs = &run.runs,
                                      .cutouts = run.cutouts,
                                      .interrupted = run.interrupted(),
                                      .warm_step_seconds = run.warm_step_seconds};
    return reconstruction_report(record, timer);
}

}  // namespace maquette::recon::cli
