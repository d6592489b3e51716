#pragma once

#include <torch/types.h>

#include <span>
#include <string>
#include <vector>

#include "recon/data/random_stream.h"
#include "recon/data/shape_dataset.h"
#include "recon/train/mask_batch_settings.h"
#include "render/image.h"

namespace maquette::recon {

struct MaskBatch {
    torch::Tensor pictures;  ///< [N, 4, S, S] as segment::mask_logits takes them
    torch::Tensor masks;     ///< [N, 1, S, S] coverage 0..1
};

/// Random composites (segment/photo_composite.h) as render::cut_out shows photos to the network; batch n is the same in
/// every run of a seed.
class MaskBatchSource {
public:
    /// shapes: dataset indices; backgrounds: two photos at the least; cutouts: photographs as objects, none will do.
    /// All must outlive the source. Throws InputError without shapes, UsageError on settings out of range.
    MaskBatchSource(const ShapeDataset& dataset, std::vector<int> shapes, std::span<const render::Image> backgrounds,
                    MaskBatchSettings settings, std::span<const DatasetView> cutouts = {});

    /// Parallel over pictures.
    [[nodiscard]] MaskBatch batch(long long number) const;

private:
    void draw(RandomStream& random, float* picture, float* mask) const;
    [[nodiscard]] DatasetView random_view(RandomStream& random) const;

    const ShapeDataset* dataset_;
    std::vector<int> shapes_;
    std::span<const render::Image> backgrounds_;
    MaskBatchSettings settings_;
    std::span<const DatasetView> cutouts_;
};

}  // namespace maquette::recon
