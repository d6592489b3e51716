#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "priors/default_locations.h"
#include "recon/cli/camera_file.h"
#include "recon/cli/commands.h"
#include "recon/cli/interrupt.h"
#include "recon/cli/output_files.h"
#include "recon/cli/photo.h"
#include "recon/cli/prior_ranking.h"
#include "recon/cli/progress_bar.h"
#include "recon/cli/shipped_weights.h"
#include "recon/diffusion/novel_view_pictures.h"
#include "recon/diffusion/view_generation.h"
#include "recon/refine/camera_decision.h"
#include "recon/refine/mixed_views.h"
#include "recon/refine/refiner.h"
#include "recon/refine/stretched_framing.h"
#include "render/error.h"
#include "render/io/image_io.h"
#include "render/parallel.h"

namespace maquette::recon::cli {
namespace {

using diffusion::SamplerKind;

priors::CategoryPrior prior_for(const NovelViewOptions& options, const View& photo) {
    const priors::PriorLibrary library = priors::default_prior_library();
    if (!options.prior.empty()) return library.resolve(options.prior);
    const auto ranking = rank_priors(photo, library);
    const std::string name = ranking.empty() ? "none" : ranking.front().name;
    fmt::print(stderr, "no prior given: starting from {}; --prior NAME chooses another\n", name);
    return library.resolve({name});
}

/// The shape so far. Leaves the photo's camera in `photo`, estimated where it is not given.
render::VoxelGrid coarse_shape(const NovelViewOptions& options, View& photo, const GivenCamera& given,
                               const priors::CategoryPrior& prior, const std::stop_token& stop) {
    const auto network = mixing(load_refinement_network(resolve_weights(options.refiner_weights, flagship_model)));
    if (given.direction) {
        photo.camera = camera_of(framed_stretched(*given.direction, outline_points(prior.mean), photo.mask), view_size);
    }
    std::vector<CameraDecision> decisions(1);
    const std::span<View> views(&photo, 1);
    if (!photo.camera) {
        const auto estimator = load_camera_estimator(resolve_weights(options.camera_weights, camera_model));
        decisions = decide_cameras(views, estimator, *network, prior);
        const CropCamera found = crop_camera_of(*photo.camera);
        fmt::print(stderr, "{}: camera estimated at azimuth {:.0f}, elevation {:.0f} degrees; --cameras overrides\n",
                   photo.name, found.azimuth, found.elevation);
    }
    const auto encoded = encode_decided(*network, views, decisions);
    const auto result = Refiner(network).run(*encoded, prior, {}, {}, stop);
    if (result.interrupted) throw Interrupted("interrupted before the view was drawn; nothing was written");
    return result.final->occupancy;
}

diffusion::ViewGenerationOptions generation_of(const NovelViewOptions& options) {
    static const std::map<std::string, SamplerKind> kinds = {{"ddim", SamplerKind::ddim},
                                                             {"ddpm", SamplerKind::ddpm},
                                                             {"edict", SamplerKind::edict},
                                                             {"bdia", SamplerKind::bdia},
                                                             {"o-belm", SamplerKind::o_belm}};
    diffusion::ViewGenerationOptions generation;
    generation.sampler.kind = kinds.at(options.sampler);
    generation.sampler.seed = options.seed;
    generation.grid.steps = options.steps;
    generation.guidance = {options.photo_guidance, options.geometry_guidance};
    generation.seed = options.seed;
    return generation;
}

}  // namespace

int run_novel_view(const NovelViewOptions& options) {
    check_extension(options.output, {".png", ".webp"});
    check_writable(options.output);
    const auto weights = diffusion::load_novel_view(resolve_weights(options.weights, novel_view_model));
    render::set_thread_count(options.threads);
    configure_compute(options.threads);
    const InterruptGuard interrupt;

    const GivenCamera given = options.cameras.empty() ? GivenCamera{} : read_camera_file(options.cameras, 1).front();
    View photo = read_view(options.photo, given.calibrated);
    const priors::CategoryPrior prior = prior_for(options, photo);
    const render::VoxelGrid coarse = coarse_shape(options, photo, given, prior, interrupt.token());
    const std::array targets = {diffusion::target_camera(options.azimuth, options.elevation, coarse)};

    torch::Tensor views;
    {
        ProgressBar bar("novel-view");
        views = diffusion::generate_views(*weights, photo, options.geometry ? &coarse : nullptr, targets,
                                          generation_of(options),
                                          [&](std::size_t done, const diffusion::Latent& /*latent*/) {
                                              bar.update(static_cast<double>(done) / options.steps,
                                                         fmt::format("step {} of {}", done, options.steps));
                                              return !interrupt.requested();
                                          });
    }
    if (interrupt.requested()) throw Interrupted("interrupted before the view was drawn; nothing was written");
    render::write_image(options.output, diffusion::image_of(views[0]));
    fmt::print("{}\n", options.output.string());
    return exit_done;
}

}  // namespace maquette::recon::cli
