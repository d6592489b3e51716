#include "recon/train/validation_scores.h"

#include <fmt/format.h>

#include <utility>

#include "recon/eval/metrics.h"

namespace maquette::recon {

ValidationScores::ValidationScores(int steps, std::vector<float> thresholds)
    : thresholds_(std::move(thresholds)),
      sums_(static_cast<std::size_t>(steps), std::vector<double>(thresholds_.size(), 0.0)) {}

void ValidationScores::add(int step, const render::VoxelGrid& occupancy, const render::VoxelGrid& truth) {
    auto& row = sums_[static_cast<std::size_t>(step)];
    for (std::size_t t = 0; t < row.size(); ++t) row[t] += iou(occupancy, truth, thresholds_[t]);
}

TrainingTask::Validation ValidationScores::best(long long queries) const {
    TrainingTask::Validation best;
    for (std::size_t i = 0; i < sums_.size(); ++i) {
        for (std::size_t t = 0; t < thresholds_.size(); ++t) {
            const double mean = sums_[i][t] / static_cast<double>(queries);
            if (mean > best.figure) {
                best = {mean,
                        {{"threshold", fmt::format("{}", thresholds_[t])}, {"iterations", std::to_string(i + 1)}}};
            }
        }
    }
    return best;
}

}  // namespace maquette::recon
