#include "recon/diffusion/view_loop.h"

#include <fmt/format.h>

#include "recon/diffusion/novel_view_denoiser.h"
#include "recon/diffusion/novel_view_pictures.h"
#include "recon/diffusion/preference_delta.h"
#include "recon/diffusion/unseen_directions.h"
#include "recon/diffusion/view_drawing.h"
#include "render/error.h"

namespace maquette::recon::diffusion {

ViewLoop::ViewLoop(const std::filesystem::path& weights, const std::filesystem::path& preferences)
    : weights_(load_preferred_novel_view(weights, preferences)) {}

std::vector<View> ViewLoop::unseen(std::span<const View> photos, const render::VoxelGrid& coarse, float threshold,
                                   const ViewLoopOptions& options, const std::function<bool(double)>& progress) const {
    std::vector<CropCamera> seen;
    for (const View& photo : photos) {
        if (photo.camera) seen.push_back(crop_camera_of(*photo.camera));
    }
    return seen_by(cameras_for_unseen(coarse, threshold, seen, options.views), photos, coarse, threshold, options,
                   progress);
}

std::vector<View> ViewLoop::seen_by(std::span<const CropCamera> targets, std::span<const View> photos,
                                    const render::VoxelGrid& coarse, float threshold, const ViewLoopOptions& options,
                                    const std::function<bool(double)>& progress) const {
    if (photos.empty()) throw UsageError("no photo to generate views from");
    if (targets.empty()) return {};
    ViewDrawingOptions drawing;
    drawing.generation.grid.steps = options.steps;
    drawing.generation.seed = options.seed;
    drawing.from_render = options.from_render;
    drawing.optimisation.iterations = options.optimise;
    const auto drawn =
        draw_views(*weights_, {photos, &coarse, threshold, options.refiner, options.prior}, targets, drawing, progress);
    if (options.agreement != nullptr) *options.agreement = drawn.agreement;
    if (!drawn.whole) return {};
    std::vector<View> views;
    for (std::size_t i = 0; i < targets.size(); ++i) {
        views.push_back(firm_view_from_picture(drawn.pictures[static_cast<std::int64_t>(i)],
                                               camera_of(targets[i], view_size), options.weight));
        views.back().name = fmt::format("generated view {}", i + 1);
    }
    return views;
}

}  // namespace maquette::recon::diffusion
