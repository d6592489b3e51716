#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>

#include "recon/data/shape_dataset.h"

namespace maquette::recon {

/// How `train wallace2019` runs. Defaults are those of the shipped weights.
struct WallaceTrainingOptions {
    std::filesystem::path dataset;    ///< file of `data build`
    std::filesystem::path output;     ///< folder: checkpoints, log.jsonl, weights.safetensors
    std::string optimizer = "adamw";  ///< adamw | adadelta (the paper's)
    double learning_rate = 6e-4;      ///< adadelta: 1.0
    double weight_decay = 1e-4;
    int batch_size = 16;
    int refine_iterations = 1;  ///< steps a batch: step, predict, feed the prediction back as the prior
    long long steps = 100000;   ///< optimiser steps at the most (also the length of the cosine schedule)
    double max_minutes = 75;    ///< wall time over all resumed runs; the schedule ends by it
    double ema_decay = 0.998;
    double gradient_clip = 1.0;        ///< global norm
    bool mirror = true;                ///< mirrored images with mirrored shapes
    double zero_prior_fraction = 0.1;  ///< samples trained without a prior
    int max_shots = 5;                 ///< priors are means of 1..max_shots random shapes of the category
    std::uint64_t seed = 1;
    int validate_every = 250;  ///< steps
    double checkpoint_minutes = 3;
    int threads = 0;  ///< 0: all cores
    bool resume = false;
};

struct TrainingProgress {
    long long step = 0;
    long long steps = 0;
    double loss = 0;
    double validation_iou = 0;
    double samples_per_second = 0;
    double seconds_left = 0;
};

/// Trains the published network; writes `output`/weights.safetensors (fp16, EMA weights of the best validation).
/// Throws UsageError on options out of range, InputError when the dataset or a checkpoint does not fit.
void train_wallace2019(const WallaceTrainingOptions& options,
                       const std::function<void(const TrainingProgress&)>& progress, std::stop_token stop);

}  // namespace maquette::recon
