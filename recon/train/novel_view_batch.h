#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "recon/data/shape_dataset.h"
#include "recon/diffusion/novel_view_model.h"
#include "recon/eval/prior_sampler.h"

namespace maquette::recon {

/// Which samples the novel-view network trains on.
struct NovelViewBatchSettings {
    int batch_size = 16;
    int image_size = 64;             ///< pixels
    int max_shots = 5;               ///< of the priors that coarse shapes lean towards
    bool geometry = true;            ///< off: always withheld, at the same cost
    double photo_dropout = 0.1;      ///< samples whose photo is withheld
    double geometry_dropout = 0.3;   ///< samples whose geometry is withheld
    double degraded_fraction = 0.3;  ///< photos that degrade_photo spoils
    bool mirror = true;
    std::uint64_t seed = 1;
};

struct NovelViewBatch {
    torch::Tensor targets;  ///< [N, 4, S, S] true view of the target pose, -1..1
    diffusion::NovelViewConditions conditions;
};

/// Two views of a shape each: one is the photo, the other the target. Batch n is the same in every run of a seed.
class NovelViewBatchSource {
public:
    /// shapes: dataset indices with two views or more each. Throws InputError where there are none, UsageError on
    /// settings out of range.
    NovelViewBatchSource(const ShapeDataset& dataset, std::vector<int> shapes, NovelViewBatchSettings settings);

    /// Parallel over samples.
    [[nodiscard]] NovelViewBatch batch(long long number) const;

private:
    const ShapeDataset* dataset_;
    std::vector<int> shapes_;
    NovelViewBatchSettings settings_;
    PriorSampler sampler_;
};

}  // namespace maquette::recon
