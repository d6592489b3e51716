#pragma once

#include <functional>
#include <stop_token>

#include "recon/train/sample_settings.h"
#include "recon/train/trainer_options.h"

namespace maquette::recon {

/// How `train camera` runs. Defaults are those of the shipped weights.
struct CameraTrainingOptions : TrainerOptions {
    CameraBatchSettings samples;  ///< batch size and seed are those of the trainer
};

/// Trains the camera estimator (see run_training). Throws InputError when the dataset does not fit.
void train_camera(const CameraTrainingOptions& options, const std::function<void(const TrainingProgress&)>& progress,
                  const std::stop_token& stop);

}  // namespace maquette::recon
