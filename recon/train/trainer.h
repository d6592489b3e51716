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
    /// What training begins with, where no weights to start from are given.
    [[nodiscard]] virtual Parameters first_parameters(std::uint64_t seed) const {
        return initial_parameters(parameter_shapes(), seed);
    }
    /// Whether a parameter is learned; the others stay as they begin.
    [[nodiscard]] virtual bool learns(const std::string& /*parameter*/) const { return true; }

    /// What a parameter is called in weights of other networks that begin alike, as image encoders do; empty: none is.
    [[nodiscard]] virtual std::string name_elsewhere(const std::string& /*parameter*/) const { return {}; }

    /// Draws batch `number`: the same in every run of a seed.
    virtual void begin_batch(long long number) = 0;
    /// Optimiser steps taken on each batch.
    [[nodiscard]] virtual int iterations() const { return 1; }
    /// Scalar loss of one iteration on the current batch; keeps what the next iteration needs.
    virtual torch::Tensor loss(const Parameters& parameters, int iteration) = 0;
    /// Called after the step of an iteration that is not the batch's last, with the new weights, without gradients.
    virtual void after_step(const Parameters& /*parameters*/) {}
    [[nodiscard]] virtual Validation validate(const Parameters& average) = 0;

    /// What the log says of the last batch beside its loss.
    [[nodiscard]] virtual std::map<std::string, double> figures() const { return {}; }
    /// Why training should end before its time, for people; empty: it should not.
    [[nodiscard]] virtual std::string reason_to_stop() const { return {}; }
    /// What a resumed run must know beyond weights and step; goes into checkpoints and comes back through `recall`.
    [[nodiscard]] virtual std::string memory() const { return {}; }
    virtual void recall(const std::string& /*memory*/) {}
    /// Writes the averaged weights where they did best: all of them, fp16. Atomic.
    virtual void write_weights(const std::filesystem::path& path, const Parameters& average,
                               const std::map<std::string, std::string>& metadata) const;
};

/// Runs a task: AdamW or Adadelta, moving average of the weights, JSON-lines log, atomic checkpoints. A run killed at
/// any moment goes on with `resume` from its last checkpoint as if nothing had happened.
/// Writes `output`/weights.safetensors (fp16, averaged weights of the best validation).
/// Throws UsageError on options out of range, InputError when a checkpoint does not fit, Interrupted when stopped.
void run_training(TrainingTask& task, const TrainerOptions& options,
                  const std::function<void(const TrainingProgress&)>& progress, const std::stop_token& stop);

}  // namespace maquette::recon
