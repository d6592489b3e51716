#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>

#include "recon/train/mask_batch_settings.h"
#include "recon/train/trainer_options.h"

namespace maquette::recon {

/// How `train mask` runs.
struct MaskTrainingOptions : TrainerOptions {
    MaskBatchSettings samples;          ///< batch size and seed are those of the trainer
    std::filesystem::path backgrounds;  ///< folder of photos, searched recursively
    std::filesystem::path cutouts;      ///< folder of photographs of objects without background; empty: renders alone
    int validation_pictures = 96;       ///< drawn once, of a tenth of the photos that training never sees
};

/// Trains the network that finds a photo's object (see run_training) on renders of the training split, and
/// photographs of objects, before photos:
/// cross-entropy and 1 - soft IoU of each picture (Rahman and Wang, "Optimizing intersection-over-union", ISVC 2016).
/// Its figure is the mean IoU on composites of validation shapes, with a box and without in their share of training.
/// Throws UsageError without a folder of photos, InputError when it or the dataset do not fit.
void train_mask(const MaskTrainingOptions& options, const std::function<void(const TrainingProgress&)>& progress,
                const std::stop_token& stop);

}  // namespace maquette::recon
