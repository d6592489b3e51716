#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "recon/refine/tensor_declaration.h"
#include "render/io/safetensors.h"

namespace maquette::recon {

/// Trainable tensors by name, in name order.
using Parameters = std::map<std::string, torch::Tensor>;

/// What a network expects of a weights file.
struct ParameterShape {
    std::string name;
    std::vector<std::int64_t> shape;
    /// Terms summed into one output; 0: the product of all dimensions but the first; infinite: begins with zeros.
    double fan_in = 0;
};

/// Weights uniform within sqrt(6 / fan_in) (He et al., "Delving Deep into Rectifiers", ICCV 2015: the scale of the
/// signal survives rectifiers); one dimension: a norm's scale ("*.weight") is one, others zero. float32, by the seed.
Parameters initial_parameters(const std::vector<ParameterShape>& shapes, std::uint64_t seed);

/// Strict: every expected tensor present with its shape and a float type, no other tensor. Throws InputError that
/// lists what is missing, unexpected or misshapen; `what` names the file.
Parameters parameters_from(const render::SafetensorsFile& file, const std::vector<ParameterShape>& shapes,
                           const std::string& what);

/// Adds the tensors under `prefix` + name.
void add_parameters(render::SafetensorsFile& file, const Parameters& parameters, render::TensorType type,
                    const std::string& prefix = "");

torch::Tensor tensor_from(const render::TensorData& data);
render::TensorData tensor_data_from(const torch::Tensor& tensor, render::TensorType type);

long long count_elements(const Parameters& parameters);

}  // namespace maquette::recon
