#pragma once

#include <functional>
#include <string>
#include <vector>

#include "recon/diffusion/checkpoint_part.h"
#include "recon/refine/parameters.h"

namespace maquette::recon::diffusion {

/// Called while weights are read with the elements read so far; false ends it.
using WeightProgress = std::function<bool(long long elements)>;

/// Weights of one network of a checkpoint, which are there and fit, but are not read yet.
class CheckpointWeights {
public:
    /// shapes: what the network expects. Names of old diffusers versions are understood (query, key, value and
    /// proj_attn of the autoencoder's attention, also as 1x1 convolutions). Throws InputError that lists what is
    /// missing, misshapen, of another type or unexpected.
    CheckpointWeights(CheckpointPart part, std::vector<ParameterShape> shapes);

    [[nodiscard]] long long element_count() const;

    /// float32, one tensor after the other: hardly more memory than the weights take. Throws InputError where a file
    /// changed meanwhile, Interrupted where `progress` ends it.
    [[nodiscard]] Parameters read(const WeightProgress& progress = {}) const;

private:
    CheckpointPart part_;
    std::vector<ParameterShape> shapes_;
    std::map<std::string, std::string> stored_names_;  ///< by the name in shapes_
};

}  // namespace maquette::recon::diffusion
