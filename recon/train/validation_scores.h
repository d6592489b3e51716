#pragma once

#include <string>
#include <vector>

#include "recon/train/trainer.h"
#include "render/grid.h"

namespace maquette::recon {

/// Mean IoU of refined occupancies by step and threshold; finds the pair that does best.
class ValidationScores {
public:
    ValidationScores(int steps, std::vector<float> thresholds);

    /// step: 0 is the first one's result.
    void add(int step, const render::VoxelGrid& occupancy, const render::VoxelGrid& truth);

    /// queries: how many were added for each step. Facts: threshold and iterations of the best.
    [[nodiscard]] TrainingTask::Validation best(long long queries) const;

private:
    std::vector<float> thresholds_;
    std::vector<std::vector<double>> sums_;  ///< [steps][thresholds]
};

}  // namespace maquette::recon
