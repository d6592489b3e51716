#include "recon/cli/checkpoint_view_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <nlohmann/json.hpp>

#include "recon/cli/build_facts.h"
#include "recon/cli/camera_file.h"
#include "recon/cli/commands.h"
#include "recon/cli/interrupt.h"
#include "recon/cli/photo.h"
#include "recon/cli/preset.h"
#include "recon/cli/progress_bar.h"
#include "recon/cli/shipped_weights.h"
#include "recon/diffusion/checkpoint_view.h"
#include "recon/refine/crop_camera.h"
#include "render/error.h"
#include "render/io/atomic_file.h"
#include "render/io/image_io.h"
#include "render/parallel.h"

namespace maquette::recon::cli {
namespace {

void refuse_idle_options(const NovelViewOptions& options) {
    if (!options.weights.empty()) {
        throw UsageError("--checkpoint and --weights are two networks for the same view; give one of them");
    }
    std::vector<std::string> idle;
    if (!options.prior.empty()) idle.emplace_back("--prior");
    if (!options.geometry) idle.emplace_back("--no-geometry");
    if (options.geometry_guidance != NovelViewOptions().geometry_guidance) idle.emplace_back("--geometry-guidance");
    if (options.from_render != 0) idle.emplace_back("--from-render");
    if (options.optimise != 0) idle.emplace_back("--optimise");
    if (!options.preferences.empty() && options.preferences != "none") idle.emplace_back("--preferences");
    if (!options.refiner_weights.empty()) idle.emplace_back("--refiner-weights");
    if (!options.camera_weights.empty()) idle.emplace_back("--camera-weights");
    if (!idle.empty()) {
        throw UsageError(fmt::format("--checkpoint draws from the photo alone and has no use for {}; leave it out",
                                     fmt::join(idle, ", ")));
    }
}

/// From the photo's direction, where it is known, to the one asked for.
diffusion::RelativePose relative_pose(const NovelViewOptions& options) {
    diffusion::RelativePose pose{.azimuth = options.azimuth, .elevation = options.elevation};
    if (options.cameras.empty()) return pose;
    const GivenCamera given = read_camera_file(options.cameras, {options.photo}).front();
    if (given.direction) {
        pose.azimuth -= given.direction->azimuth;
        pose.elevation -= given.direction->elevation;
    } else if (given.calibrated) {
        const CropCamera camera = crop_camera_of(*read_view(options.photo, given.calibrated, options.matting).camera);
        pose.azimuth -= camera.azimuth;
        pose.elevation -= camera.elevation;
    }
    return pose;
}

}  // namespace

diffusion::SamplerOptions sampler_of(const NovelViewOptions& options) {
    using diffusion::SamplerKind;
    static const std::map<std::string, SamplerKind> kinds = {{"ddim", SamplerKind::ddim},
                                                             {"ddpm", SamplerKind::ddpm},
                                                             {"edict", SamplerKind::edict},
                                                             {"bdia", SamplerKind::bdia},
                                                             {"o-belm", SamplerKind::o_belm}};
    diffusion::SamplerOptions sampler;
    sampler.kind = kinds.at(options.sampler);
    sampler.seed = options.seed;
    return sampler;
}

int run_checkpoint_view(const NovelViewOptions& given) {
    refuse_idle_options(given);
    NovelViewOptions options = given;
    diffusion::CheckpointViewOptions drawing;
    drawing.sampler = sampler_of(options);
    if (options.steps > 0) drawing.steps = options.steps;
    options.steps = drawing.steps;
    drawing.seed = options.seed;
    drawing.foreground_model = foreground_model_of(options.matting);
    if (options.photo_guidance) drawing.guidance = *options.photo_guidance;
    options.photo_guidance = drawing.guidance;
    render::set_thread_count(options.threads);
    configure_compute(options.threads);
    const InterruptGuard interrupt;

    const diffusion::RelativePose pose = relative_pose(options);
    const render::Image photo = render::read_image(options.photo);
    const diffusion::Checkpoint checkpoint(options.checkpoint);
    render::Image view;
    try {
        ProgressBar bar("novel-view");
        view = diffusion::rgb_image(diffusion::draw_checkpoint_view(checkpoint, photo, pose, drawing,
                                                                    [&](double share, const std::string& activity) {
                                                                        bar.update(share, activity);
                                                                        return !interrupt.requested();
                                                                    }));
    } catch (const Interrupted&) {
        throw Interrupted("interrupted before the view was drawn; nothing was written");
    }
    render::write_image(options.output, view);
    if (!options.report.empty()) {
        const nlohmann::json report = {
            {"command", "novel-view"},
            {"options", options_as_json([&](const OptionVisitor& visitor) { options.visit(visitor); })},
            {"seed", options.seed},
            {"relative_pose", {{"azimuth", pose.azimuth}, {"elevation", pose.elevation}}},
            {"versions", build_versions()},
            {"outputs", {{"picture", options.output.string()}}}};
        render::write_file_atomically(options.report, report.dump(2) + "\n");
    }
    fmt::print("{}\n", options.output.string());
    return exit_done;
}

}  // namespace maquette::recon::cli
