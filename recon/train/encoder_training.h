#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>

#include "recon/train/trainer_options.h"

namespace maquette::recon {

/// How `train encoder` runs.
struct EncoderTrainingOptions : TrainerOptions {
    std::string task = "rotation";   ///< of encoders::pretext_names()
    std::string domain = "renders";  ///< of encoders::domain_names()
    std::filesystem::path photos;    ///< folder of domain photos
    double cut_out_fraction = 1;     ///< of renders: over black beside their mask; the others have a background
    int views = 24;                  ///< of each shape, at the most
    int permutations = 100;          ///< of the jigsaw
    bool bfloat16 = false;           ///< convolutions in bfloat16 (Bfloat16Convolutions); validation stays float32
};

/// Trains an image encoder by a pretext task on the pictures of the training split (see run_training). Validation is
/// the task's own score on pictures of the validation split; of domain photos: of the same photos, drawn anew. The
/// weights hold the backbone under the names that the flagship's image encoder has, and the task's head. Throws
/// UsageError on an unknown task or domain, InputError when the dataset or the folder do not fit.
void train_encoder(const EncoderTrainingOptions& options, const std::function<void(const TrainingProgress&)>& progress,
                   const std::stop_token& stop);

}  // namespace maquette::recon
