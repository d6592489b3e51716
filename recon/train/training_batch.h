#pragma once

#include <torch/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "recon/data/shape_dataset.h"
#include "recon/eval/prior_sampler.h"

namespace maquette::recon {

/// Shapes of this class have nothing in common: they train the network, but not as each other's prior.
inline constexpr const char* unnamed_category = "other";

struct TrainingBatch {
    torch::Tensor images;   ///< [N, 3, S, S] RGB 0..1
    torch::Tensor priors;   ///< [N, 1, 32, 32, 32] mean occupancy, zeros: none
    torch::Tensor targets;  ///< [N, 1, 32, 32, 32] 0 or 1
};

struct BatchSettings {
    int batch_size = 32;
    int image_size = 127;  ///< S
    int max_shots = 5;
    double zero_prior_fraction = 0.1;
    bool mirror = true;
    std::uint64_t seed = 1;
};

/// Random training samples; batch n is the same in every run of a seed, so a resumed run sees what it would have seen.
class BatchSource {
public:
    BatchSource(const ShapeDataset& dataset, std::vector<int> shapes, BatchSettings settings);

    /// Parallel over samples.
    [[nodiscard]] TrainingBatch batch(long long number) const;
    [[nodiscard]] const PriorSampler& sampler() const { return sampler_; }

private:
    const ShapeDataset* dataset_;
    std::vector<int> shapes_;
    BatchSettings settings_;
    PriorSampler sampler_;
};

}  // namespace maquette::recon
