#pragma once

#include <functional>
#include <stop_token>

#include "recon/train/trainer_options.h"

namespace maquette::recon {

/// How `train wallace2019` runs. Defaults are those of the shipped weights.
struct WallaceTrainingOptions : TrainerOptions {
    int refine_iterations = 1;         ///< steps a batch: step, predict, feed the prediction back as the prior
    bool mirror = true;                ///< mirrored images with mirrored shapes
    double zero_prior_fraction = 0.1;  ///< samples trained without a prior
    int max_shots = 5;                 ///< priors are means of 1..max_shots random shapes of the category
};

/// Trains the published network (see run_training). Throws InputError when the dataset does not fit.
void train_wallace2019(const WallaceTrainingOptions& options,
                       const std::function<void(const TrainingProgress&)>& progress, const std::stop_token& stop);

}  // namespace maquette::recon
