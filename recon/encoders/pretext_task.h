#pragma once

#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "recon/refine/parameters.h"

namespace maquette::recon::encoders {

/// Pictures to learn from, and what there is to know of them without a person having said it.
struct PretextBatch {
    torch::Tensor pictures;   ///< [N, 4, 64, 64]
    torch::Tensor others;     ///< the same instances drawn anew, [N, 4, 64, 64]; undefined where the task needs none
    torch::Tensor instances;  ///< [N] int64
    torch::Tensor labels;     ///< [N] int64, -1: none; only the supervised reference reads it
    std::uint64_t seed = 0;   ///< of what the task itself draws
};

struct PretextSettings {
    int instances = 2;       ///< in the source
    int labels = 0;          ///< in the source
    int permutations = 100;  ///< of the jigsaw
};

/// A question that pictures answer themselves, asked of the backbone's features (image_encoder.h) by a head of its own.
/// Set-ups after Wallace & Hariharan, "Extending and Analyzing Self-Supervised Learning Across Domains", ECCV 2020.
class PretextTask {
public:
    virtual ~PretextTask() = default;

    [[nodiscard]] virtual std::string name() const = 0;
    /// Of the head, beside the backbone's.
    [[nodiscard]] virtual std::vector<ParameterShape> head_shapes() const = 0;
    /// Called once on fresh parameters.
    virtual void prepare(Parameters& /*parameters*/) const {}
    /// Whether a parameter is learned by gradient; a memory bank is not.
    [[nodiscard]] virtual bool learns(const std::string& /*parameter*/) const { return true; }
    /// Whether a parameter serves after training.
    [[nodiscard]] virtual bool keeps(const std::string& parameter) const { return learns(parameter); }
    [[nodiscard]] virtual bool needs_others() const { return false; }

    /// Scalar. May update what `learns` does not.
    virtual torch::Tensor loss(const Parameters& parameters, const PretextBatch& batch) const = 0;
    /// How well the question is answered, 0..1, on pictures that may never have been seen. Without gradient.
    [[nodiscard]] virtual double score(const Parameters& parameters, const PretextBatch& batch) const = 0;
};

/// name: of pretext_names(). Throws UsageError naming the known tasks, or where the settings do not serve the task.
std::unique_ptr<PretextTask> make_pretext_task(const std::string& name, const PretextSettings& settings);

}  // namespace maquette::recon::encoders
