#pragma once

#include <memory>
#include <vector>

#include "recon/eval/diffusion_bench.h"

namespace maquette::recon {

/// A photo as reconstruct knows it before views are generated.
struct KnownPhoto {
    std::vector<View> photos;  ///< one, with the camera that was given or found
    std::unique_ptr<EncodedViews> encoded;
    render::VoxelGrid shape;  ///< refined from it, not mixed with what it tells alone
};

/// estimated: the true camera is not used.
KnownPhoto known_photo(const DiffusionBench& bench, const ViewQuery& query, bool estimated);

/// IoU of what reconstruct makes of the photo and these views, as its threshold has it; none: of the photo alone.
double iou_with_views(const DiffusionBench& bench, const ViewQuery& query, const KnownPhoto& known,
                      std::vector<View> views);

}  // namespace maquette::recon
