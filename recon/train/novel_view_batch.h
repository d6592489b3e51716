#pragma once

#include <torch/types.h>

#include <vector>

#include "recon/data/shape_dataset.h"
#include "recon/diffusion/novel_view_model.h"
#include "recon/eval/prior_sampler.h"
#include "recon/train/novel_view_batch_settings.h"

namespace maquette::recon {

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
