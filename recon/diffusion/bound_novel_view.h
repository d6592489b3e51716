#pragma once

#include <torch/types.h>

#include <span>
#include <vector>

#include "recon/diffusion/novel_view_denoiser.h"
#include "recon/refine/crop_camera.h"
#include "recon/refine/view.h"
#include "render/grid.h"

namespace maquette::recon::diffusion {

/// Row k: of targets[k]. coarse as for BoundNovelView. Throws UsageError on a photo without a camera or no targets.
NovelViewConditions view_conditions(const NovelViewWeights& weights, const View& photo, const render::VoxelGrid* coarse,
                                    std::span<const CropCamera> targets);

/// A network bound to a photo, the shape so far and the targets that views are wanted from: row k is targets[k].
class BoundNovelView {
public:
    /// weights are borrowed. coarse: the shape so far, 0..1; null: from the photo alone. Throws UsageError on a photo
    /// without a camera or no targets.
    BoundNovelView(const NovelViewWeights& weights, const View& photo, const render::VoxelGrid* coarse,
                   std::span<const CropCamera> targets);

    [[nodiscard]] const ConditionalDenoiser& denoiser() const { return denoiser_; }
    [[nodiscard]] int picture_size() const { return size_; }
    /// [targets, 4, S, S]
    [[nodiscard]] std::vector<std::int64_t> shape() const;

private:
    std::int64_t targets_;
    int size_;
    NovelViewDenoiser denoiser_;
};

}  // namespace maquette::recon::diffusion
