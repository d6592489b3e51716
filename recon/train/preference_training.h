#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <vector>

#include "recon/train/preference_options.h"
#include "recon/train/trainer_options.h"

namespace maquette::recon {

/// How `train dpo` runs. TrainerOptions::dataset is not read: the pair files hold all that is needed.
struct PreferenceTrainingOptions : TrainerOptions {
    PreferenceOptions preferences;
    std::filesystem::path base;                     ///< novel-view weights to tune
    std::vector<std::filesystem::path> pair_files;  ///< read_pair_file; of views that the base generated
    double margin = 0.01;                           ///< between the rewards of best and worst view; less is a tie
};

/// Tunes the novel-view network by preferences (PreferenceTask through run_training). Writes
/// `output`/weights.safetensors: the differences alone (apply_preference_delta). Throws InputError where there are too
/// few pairs or a pair file was made with other weights.
void train_preferences(const PreferenceTrainingOptions& options,
                       const std::function<void(const TrainingProgress&)>& progress, const std::stop_token& stop);

}  // namespace maquette::recon
