#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "recon/refine/parameters.h"

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
    double validation_figure = 0;
    double samples_per_second = 0;
    double seconds_left = 0;
};

/// What one stage trains.
class TrainingTask {
public:
    virtual ~TrainingTask() = default;

    struct Validation {
        double figure = 0;                         ///< more is better
        std::map<std::string, std::string> facts;  ///< chosen on the validation shapes; written with the weights
    };

    [[nodiscard]] virtual std::string architecture() const = 0;
    [[nodiscard]] virtual std::vector<ParameterShape> parameter_shapes() const = 0;
    [[nodiscard]] virtual std::string data_digest() const = 0;

    /// Draws batch `number`: the same in every run of a seed.
    virtual void begin_batch(long long number) = 0;
    /// Optimiser steps taken on each batch.
    [[nodiscard]] virtual int iterations() const { return 1; }
    /// Scalar loss of one iteration on the current batch; keeps what the next iteration needs.
    virtual torch::Tensor loss(const Parameters& parameters, int iteration) = 0;
    /// Called after the step of an iteration that is not the batch's last, with the new weights, without gradients.
    virtual void after_step(const Parameters& /*parameters*/) {}
    [[nodiscard]] virtual Validation validate(const Parameters& average) = 0;
};

/// Runs a task: AdamW or Adadelta, moving average of the weights, JSON-lines log, atomic checkpoints. A run killed at
/// any moment goes on with `resume` from its last checkpoint as if nothing had happened.
/// Writes `output`/weights.safetensors (fp16, averaged weights of the best validation).
/// Throws UsageError on options out of range, InputError when a checkpoint does not fit, Interrupted when stopped.
void run_training(TrainingTask& task, const TrainerOptions& options,
                  const std::function<void(const TrainingProgress&)>& progress, const std::stop_token& stop);

/// Throws UsageError when an option is out of its range.
void check_trainer_options(const TrainerOptions& options);

}  // namespace maquette::recon
