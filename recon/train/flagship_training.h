#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "recon/train/sample_settings.h"
#include "recon/train/trainer_options.h"

namespace maquette::recon {

/// How `train refiner` runs. Defaults are those of the shipped weights.
struct FlagshipTrainingOptions : TrainerOptions {
    LiftedBatchSettings samples;  ///< batch size and seed are those of the trainer
    /// Batches that train the second step, from the first one's result (no gradient passes between them).
    double second_step_fraction = 0.3;
    /// Batches whose cameras the network itself has corrected before (no gradient passes through that).
    double aimed_fraction = 0.5;
    /// What is learned: all | aim | detail. A head alone learns several times faster, from the rest as it begins.
    std::string only = "all";
    int shapes = 0;        ///< of the training split's named categories to learn from, drawn by lot; 0: all shapes
    bool bfloat16 = true;  ///< convolutions in bfloat16 (Bfloat16Convolutions); validation stays float32
};

/// Trains the flagship on true cameras (see run_training). Throws InputError when the dataset does not fit.
void train_flagship(const FlagshipTrainingOptions& options,
                    const std::function<void(const TrainingProgress&)>& progress, const std::stop_token& stop);

}  // namespace maquette::recon
