#include "recon/diffusion/bound_novel_view.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>

#include "recon/diffusion/geometry_picture.h"
#include "recon/diffusion/novel_view_pictures.h"
#include "recon/diffusion/pose_code.h"
#include "render/error.h"

namespace maquette::recon::diffusion {
namespace {

/// The photo's tokens are no part of what gradients are asked of.
NovelViewDenoiser bind(const NovelViewWeights& weights, const NovelViewConditions& conditions) {
    const at::NoGradGuard no_gradient;
    return {weights.model, weights.parameters, conditions};
}

}  // namespace

NovelViewConditions view_conditions(const NovelViewWeights& weights, const View& photo, const render::VoxelGrid* coarse,
                                    std::span<const CropCamera> targets) {
    if (!photo.camera || targets.empty()) {
        throw UsageError(
            fmt::format("{}: a view is generated from a photo with a camera for one target or more, not "
                        "{} camera for {}",
                        photo.name, photo.camera ? "a" : "no", targets.size()));
    }
    const int size = weights.model.config().image_size;
    const auto n = static_cast<std::int64_t>(targets.size());
    NovelViewConditions conditions{
        .photo = picture_tensor(photo, size).unsqueeze(0).expand({n, picture_channels, size, size}),
        .geometry = torch::zeros({n, geometry_channels, size, size}, torch::kFloat32),
        .pose = torch::empty({n, pose_code_width}, torch::kFloat32)};
    const CropCamera photo_camera = crop_camera_of(*photo.camera);
    for (std::int64_t i = 0; i < n; ++i) {
        const CropCamera& target = targets[static_cast<std::size_t>(i)];
        const auto code = pose_code(photo_camera, target);
        std::copy(code.begin(), code.end(), conditions.pose[i].data_ptr<float>());
        if (coarse != nullptr && weights.knows_geometry) {
            conditions.geometry[i].copy_(geometry_tensor(*coarse, camera_of(target, size), size, &photo));
        }
    }
    return conditions;
}

BoundNovelView::BoundNovelView(const NovelViewWeights& weights, const View& photo, const render::VoxelGrid* coarse,
                               std::span<const CropCamera> targets)
    : targets_(static_cast<std::int64_t>(targets.size())),
      size_(weights.model.config().image_size),
      denoiser_(bind(weights, view_conditions(weights, photo, coarse, targets))) {}

std::vector<std::int64_t> BoundNovelView::shape() const {
    return {targets_, picture_channels, size_, size_};
}

}  // namespace maquette::recon::diffusion
