#pragma once

#include <torch/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "recon/refine/parameters.h"
#include "render/io/safetensors.h"

namespace maquette::recon::encoders {

/// How an ensemble is fitted and asked. What the paper leaves open is our choice: the heads' size, both optimisers'
/// rates, where psi begins.
struct EnsembleSettings {
    int hidden = 256;  ///< units of each head's one hidden layer
    int epochs = 30;
    int batch_size = 256;
    double head_rate = 1e-3;  ///< Adam's, while fitting
    double psi_rate = 1e-2;   ///< Adam's, while fitting and at inference
    int inference_steps = 50;
    std::uint64_t seed = 1;
};

/// One representation psi of a picture from which small networks, one an encoder, predict the encoders' features
/// (Wallace, Arpit, Wang & Xiong, "Learning Rich Nearest Neighbor Representations from Self-supervised Ensembles",
/// arXiv 2110.10293): psi_i and heads phi_j minimise sum_i sum_j [1 - cos(phi_j(psi_i), z_ij)]; of a new picture psi
/// alone is fitted by gradient descent with the heads as they are. One encoder alone may be an ensemble, too.
class Ensemble {
public:
    /// Fits heads on features [N, D] of each encoder, all of the same N pictures and D. Throws UsageError where they
    /// are not, or N is below 2.
    static Ensemble fit(const std::vector<torch::Tensor>& features, const EnsembleSettings& settings);

    /// psi [M, D] of pictures with these features [M, D], one tensor an encoder, in the order fitted; unit length. All
    /// psi that are to be compared must come from here, those of the pictures fitted, too. steps: -1: as set; 0: where
    /// psi begins, the mean of the normalised features. Throws UsageError on another number of encoders.
    [[nodiscard]] torch::Tensor representation(const std::vector<torch::Tensor>& features, int steps = -1) const;

    /// Mean over encoders of 1 - cos(phi_j(psi), z_j), [M].
    [[nodiscard]] torch::Tensor disagreement(const torch::Tensor& psi,
                                             const std::vector<torch::Tensor>& features) const;

    /// Features less the mean of those fitted, unit length: what psi begins from, and what other ways to join encoders
    /// are given, too. [M, D] each.
    [[nodiscard]] std::vector<torch::Tensor> normalised(const std::vector<torch::Tensor>& features) const;

    [[nodiscard]] int encoders() const { return encoders_; }

    /// Adds tensors and metadata of its own to a weights file, fp16, names "ensemble.*".
    void add_to(render::SafetensorsFile& file) const;
    /// Strict about these. Throws InputError, naming the file `what`, where they are missing or misshapen.
    static Ensemble read(const render::SafetensorsFile& file, const std::string& what);

private:
    Ensemble(Parameters parameters, int encoders, EnsembleSettings settings);

    Parameters parameters_;  ///< heads and the features' means
    int encoders_ = 0;
    EnsembleSettings settings_;
};

}  // namespace maquette::recon::encoders
