#include "recon/diffusion/view_loop.h"

#include <fmt/format.h>

#include "recon/diffusion/novel_view_pictures.h"
#include "recon/diffusion/unseen_directions.h"
#include "recon/diffusion/view_generation.h"
#include "render/error.h"

namespace maquette::recon::diffusion {

ViewLoop::ViewLoop(const std::filesystem::path& weights) : weights_(load_novel_view(weights)) {}

std::vector<View> ViewLoop::unseen(std::span<const View> photos, const render::VoxelGrid& coarse, float threshold,
                                   const ViewLoopOptions& options, const std::function<bool(double)>& progress) const {
    if (photos.empty()) throw UsageError("no photo to generate views from");
    std::vector<CropCamera> seen;
    for (const View& photo : photos) {
        if (photo.camera) seen.push_back(crop_camera_of(*photo.camera));
    }
    const auto targets = cameras_for_unseen(coarse, threshold, seen, options.views);
    if (targets.empty()) return {};
    ViewGenerationOptions generation;
    generation.grid.steps = options.steps;
    generation.seed = options.seed;
    bool whole = true;
    const auto pictures = generate_views(*weights_, photos.front(), &coarse, targets, generation,
                                         [&](std::size_t done, const Latent& /*latent*/) {
                                             whole = !progress || progress(static_cast<double>(done) / options.steps);
                                             return whole;
                                         });
    if (!whole) return {};
    std::vector<View> views;
    for (std::size_t i = 0; i < targets.size(); ++i) {
        views.push_back(view_from_picture(pictures[static_cast<std::int64_t>(i)], camera_of(targets[i], view_size),
                                          options.weight));
        views.back().name = fmt::format("generated view {}", i + 1);
    }
    return views;
}

}  // namespace maquette::recon::diffusion
