#pragma once

#include <torch/types.h>

#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "recon/refine/parameters.h"
#include "recon/train/trainer_options.h"

namespace maquette::recon {

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
    /// Whether a parameter is learned; the others stay as they begin.
    [[nodiscard]] virtual bool learns(const std::string& /*parameter*/) const { return true; }

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

}  // namespace maquette::recon
