#pragma once

#include <torch/types.h>

#include "recon/refine/network_layers.h"
#include "recon/refine/parameters.h"

namespace maquette::recon {

inline constexpr int trunk_features = 128;  ///< channels of the deepest map

/// The convolutions that look at a photo, shared by the flagship and by encoders that are trained before it: under the
/// same names, so that one begins where the other ended.
void add_image_trunk(LayerShapes& shapes);

struct TrunkMaps {
    torch::Tensor half;       ///< [B, 32, S / 2, S / 2]
    torch::Tensor quarter;    ///< [B, 48, S / 4, S / 4]
    torch::Tensor eighth;     ///< [B, 96, S / 8, S / 8]
    torch::Tensor sixteenth;  ///< [B, 128, S / 16, S / 16]
};

/// images: [B, 4, S, S], S a multiple of 16: RGB over black and mask, 0..1.
TrunkMaps image_trunk(const Parameters& parameters, const torch::Tensor& images);

}  // namespace maquette::recon
