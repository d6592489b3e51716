#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace maquette::recon {

/// What every training stage has in common.
struct TrainerOptions {
    std::filesystem::path dataset;    ///< file of `data build`
    std::filesystem::path output;     ///< folder: checkpoint.safetensors, log.jsonl, weights.safetensors
    std::string optimizer = "adamw";  ///< adamw | adadelta
    double learning_rate = 6e-4;      ///< peak; adadelta: 1.0, constant
    double weight_decay = 1e-4;
    int batch_size = 16;
    long long steps = 100000;    ///< optimiser steps at the most (also the length of the cosine schedule)
    double max_minutes = 75;     ///< wall time over all resumed runs; the schedule ends by it; 0: no limit
    double ema_decay = 0.998;    ///< of the averaged weights, which are what is validated and written
    double gradient_clip = 1.0;  ///< global norm
    /// Steps over which the rate rises to its peak, where it then stays; 0: a short rise and a half cosine to zero.
    long long constant_after = 0;
    std::uint64_t seed = 1;
    int validate_every = 250;  ///< steps
    double checkpoint_minutes = 3;
    int threads = 0;  ///< 0: all cores
    bool resume = false;
    std::filesystem::path
        start_from;  ///< weights to begin with, of this network or an encoder; what they lack begins untrained
};

struct TrainingProgress {
    long long step = 0;
    long long steps = 0;
    double loss = 0;
    double validation_figure = 0;
    double samples_per_second = 0;
    double seconds_left = 0;
};

/// Throws UsageError when an option is out of its range.
void check_trainer_options(const TrainerOptions& options);

}  // namespace maquette::recon
