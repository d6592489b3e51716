#pragma once

#include <torch/types.h>

#include <string>
#include <vector>

#include "recon/data/shape_dataset.h"
#include "recon/eval/prior_sampler.h"
#include "recon/train/sample_settings.h"

namespace maquette::recon {

/// Samples of the flagship: N objects with V views each.
struct LiftedBatch {
    torch::Tensor images;        ///< [N V, 4, 128, 128] RGB over black and mask, 0..1
    torch::Tensor projections;   ///< [N V, 3, 4] of lifting.h, as disturbed or framed
    torch::Tensor truths;        ///< [N V, 3, 4] the true ones
    torch::Tensor rivals;        ///< [N, 3, 4] of the first views from wrong directions, framed
    torch::Tensor points;        ///< [N, 128, 3] of the targets' solid cells; the origin alone where there is none
    torch::Tensor weights;       ///< [N, V] ones
    torch::Tensor priors;        ///< [N, 1, 32, 32, 32] mean occupancy, zeros: none
    torch::Tensor targets;       ///< [N, 1, 32, 32, 32] 0 or 1
    torch::Tensor distances;     ///< [N, 1, 32, 32, 32] of flagship::distance_tensor, of the priors; ones: none
    torch::Tensor fine_targets;  ///< [N, 1, 64, 64, 64] 0 or 1
    torch::Tensor exemplars;     ///< [N, K, 32, 32, 32] occupancies of the priors' shapes, lists padded to the longest
    torch::Tensor shares;        ///< [N, K] 1, or 0 where padded; both undefined unless settings ask for exemplars
};

/// Random training samples; batch n is the same in every run of a seed.
///
/// Shapes are scaled along their axes together with the prior, and the inverse goes into the projection: the picture
/// stays what it is, so new shapes cost no rendering. The longest side is kept at its length.
class LiftedBatchSource {
public:
    LiftedBatchSource(const ShapeDataset& dataset, std::vector<int> shapes, LiftedBatchSettings settings);

    /// Parallel over samples.
    [[nodiscard]] LiftedBatch batch(long long number) const;
    [[nodiscard]] const PriorSampler& sampler() const { return sampler_; }

private:
    const ShapeDataset* dataset_;
    std::vector<int> shapes_;
    LiftedBatchSettings settings_;
    PriorSampler sampler_;
    std::vector<std::string> categories_;
};

}  // namespace maquette::recon
