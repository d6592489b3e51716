#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "recon/cli/build_facts.h"
#include "recon/cli/camera_file.h"
#include "recon/cli/checkpoint_view_command.h"
#include "recon/cli/coarse_shape.h"
#include "recon/cli/commands.h"
#include "recon/cli/interrupt.h"
#include "recon/cli/output_files.h"
#include "recon/cli/photo.h"
#include "recon/cli/preset.h"
#include "recon/cli/progress_bar.h"
#include "recon/cli/shipped_weights.h"
#include "recon/diffusion/novel_view_pictures.h"
#include "recon/diffusion/preference_delta.h"
#include "recon/diffusion/view_drawing.h"
#include "recon/refine/stretched_framing.h"
#include "render/error.h"
#include "render/io/atomic_file.h"
#include "render/io/image_io.h"
#include "render/parallel.h"

namespace maquette::recon::cli {
namespace {

constexpr double usual_photo_guidance = 1;

diffusion::ViewDrawingOptions drawing_of(const NovelViewOptions& options) {
    diffusion::ViewDrawingOptions drawing;
    auto& generation = drawing.generation;
    generation.sampler = sampler_of(options);
    if (options.steps > 0) generation.grid.steps = options.steps;
    generation.guidance = {options.photo_guidance.value_or(usual_photo_guidance), options.geometry_guidance};
    generation.seed = options.seed;
    drawing.show_geometry = options.geometry;
    drawing.from_render = options.from_render;
    drawing.optimisation.iterations = options.optimise;
    return drawing;
}

void write_report(const NovelViewOptions& given, const View& photo, const diffusion::DrawnViews& drawn) {
    NovelViewOptions options = given;
    options.photo_guidance = options.photo_guidance.value_or(usual_photo_guidance);
    if (options.steps == 0) options.steps = diffusion::usual_view_steps;
    const CropCamera camera = crop_camera_of(*photo.camera);
    nlohmann::json report = {
        {"command", "novel-view"},
        {"options", options_as_json([&](const OptionVisitor& visitor) { options.visit(visitor); })},
        {"seed", options.seed},
        {"photo_camera", {{"azimuth", camera.azimuth}, {"elevation", camera.elevation}, {"distance", camera.distance}}},
        {"versions", build_versions()},
        {"outputs", {{"picture", options.output.string()}}}};
    if (!drawn.agreement.empty()) {
        report["constraint_before"] = drawn.agreement.front().before;
        report["constraint_after"] = drawn.agreement.front().after;
    }
    render::write_file_atomically(options.report, report.dump(2) + "\n");
}

}  // namespace

int run_novel_view(const NovelViewOptions& options) {
    check_extension(options.output, {".png", ".webp"});
    check_writable(options.output);
    if (!options.report.empty()) check_writable(options.report);
    if (!options.checkpoint.empty()) return run_checkpoint_view(options);
    const auto weights = diffusion::load_preferred_novel_view(
        resolve_weights(options.weights, novel_view_model), resolve_preferences(options.preferences, options.weights));
    render::set_thread_count(options.threads);
    configure_compute(options.threads);
    const InterruptGuard interrupt;

    const GivenCamera given =
        options.cameras.empty() ? GivenCamera{} : read_camera_file(options.cameras, {options.photo}).front();
    View photo = read_view(options.photo, given.calibrated, options.matting);
    const priors::CategoryPrior prior = prior_for_photo(options.prior, photo);
    if (given.direction) {
        photo.camera = camera_of(framed_stretched(*given.direction, outline_points(prior.mean), photo.mask), view_size);
    }
    CoarseReconstructor reconstructor(options.refiner_weights, options.camera_weights);
    const render::VoxelGrid coarse = reconstructor.shape(photo, prior, interrupt.token());
    const RefinementNetwork& network = reconstructor.network();
    const std::array targets = {diffusion::target_camera(options.azimuth, options.elevation, coarse)};

    diffusion::DrawnViews drawn;
    {
        ProgressBar bar("novel-view");
        drawn = diffusion::draw_views(*weights, {{&photo, 1}, &coarse, network.threshold(), &network, &prior}, targets,
                                      drawing_of(options), [&](double share) {
                                          bar.update(share, options.optimise > 0 ? "optimise" : "draw");
                                          return !interrupt.requested();
                                      });
    }
    if (!drawn.whole) throw Interrupted("interrupted before the view was drawn; nothing was written");
    if (!drawn.agreement.empty()) {
        fmt::print(stderr, "{}: disagreement with the photo {:.3f}, {:.3f} before it was optimised\n",
                   options.output.string(), drawn.agreement.front().after, drawn.agreement.front().before);
    }
    render::write_image(options.output, diffusion::image_of(drawn.pictures[0]));
    if (!options.report.empty()) write_report(options, photo, drawn);
    fmt::print("{}\n", options.output.string());
    return exit_done;
}

}  // namespace maquette::recon::cli
