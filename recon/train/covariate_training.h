#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>

#include "recon/train/trainer_options.h"

namespace maquette::recon {

/// How `train covariates` runs.
struct CovariateTrainingOptions : TrainerOptions {
    int views = 12;                  ///< of each shape, at the most
    double regression = 0.5;         ///< weight of activation regression
    double unknown_fraction = 0.3;   ///< of each covariate, while training
    double degraded_fraction = 0.5;  ///< photos that degrade_photo spoils
    double false_alarms = 0.04;      ///< of photos as in training that are said to be unlike them
};

/// Trains the covariate encoder (see run_training) on the training split; validation is the IoU of validation shapes as
/// seen. The weights hold the ranges of the captures (capture_limits.h), chosen on validation photos. Throws
/// InputError when the dataset does not fit.
void train_covariates(const CovariateTrainingOptions& options,
                      const std::function<void(const TrainingProgress&)>& progress, const std::stop_token& stop);

/// How `train covariate-study` runs.
struct CovariateStudyOptions {
    std::filesystem::path dataset;
    std::filesystem::path output;  ///< folder: <arm>-<region>-<seed>.safetensors, one a run
    int views = 12;                ///< of each shape, at the most
    int seeds = 3;                 ///< networks of each kind
    int steps = 200;               ///< of each run
    int batch_size = 256;          ///< above the number of features
    int threads = 0;               ///< 0: all cores
};

/// Trains covariate encoders that were never shown a region of captures, by each way to use covariates, in turn for
/// each of four regions (capture_regions.h). Runs whose file is there are not done again. progress: what runs, share of
/// all. Throws Interrupted when stopped.
void train_covariate_study(const CovariateStudyOptions& options,
                           const std::function<void(const std::string&, double)>& progress,
                           const std::stop_token& stop);

}  // namespace maquette::recon
