#include "recon/refine/parameters.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Functions.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <cstring>

#include "render/error.h"

namespace maquette::recon {
Parameters initial_parameters(const std::vector<ParameterShape>& shapes, std::uint64_t seed) {
    auto generator = at::detail::createCPUGenerator(seed);
    Parameters parameters;
    for (const auto& [name, shape, given_fan_in] : shapes) {
        if (shape.size() < 2) {
            parameters[name] = torch::full(shape, name.ends_with(".weight") ? 1 : 0, torch::kFloat32);
            continue;
        }
        double fan_in = given_fan_in;
        if (fan_in == 0) {
            fan_in = 1;
            for (std::size_t i = 1; i < shape.size(); ++i) fan_in *= static_cast<double>(shape[i]);
        }
        const double limit = std::sqrt(6.0 / fan_in);
        parameters[name] = torch::empty(shape, torch::kFloat32).uniform_(-limit, limit, generator);
    }
    return parameters;
}

torch::Tensor tensor_from(const render::TensorData& data) {
    const std::vector<float> values = data.to_floats();
    auto tensor = torch::empty(data.shape, torch::kFloat32);
    std::memcpy(tensor.data_ptr<float>(), values.data(), values.size() * sizeof(float));
    return tensor;
}

render::TensorData tensor_data_from(const torch::Tensor& tensor, render::TensorType type) {
    const auto contiguous = tensor.detach().to(torch::kFloat32).contiguous();
    return render::TensorData::from_floats({contiguous.data_ptr<float>(), static_cast<std::size_t>(contiguous.numel())},
                                           contiguous.sizes().vec(), type);
}

Parameters parameters_from(const render::SafetensorsFile& file, const std::vector<ParameterShape>& shapes,
                           const std::string& what) {
    std::vector<std::string> problems;
    Parameters parameters;
    std::map<std::string, bool> expected;
    for (const auto& [name, shape, fan_in] : shapes) {
        expected[name] = true;
        const auto found = file.tensors.find(name);
        if (found == file.tensors.end()) {
            problems.push_back(fmt::format("missing {}", name));
        } else if (found->second.shape != shape) {
            problems.push_back(fmt::format("{} is [{}] but [{}] is expected", name,
                                           fmt::join(found->second.shape, ", "), fmt::join(shape, ", ")));
        } else if (found->second.type != render::TensorType::f32 && found->second.type != render::TensorType::f16) {
            problems.push_back(fmt::format("{} is not a float tensor", name));
        } else {
            parameters[name] = tensor_from(found->second);
        }
    }
    for (const auto& [name, data] : file.tensors) {
        if (expected.find(name) == expected.end()) problems.push_back(fmt::format("unexpected {}", name));
    }
    if (!problems.empty()) {
        throw InputError(fmt::format("{}: weights do not fit this network: {}; use weights of the same architecture",
                                     what, fmt::join(problems, "; ")));
    }
    return parameters;
}

void add_parameters(render::SafetensorsFile& file, const Parameters& parameters, render::TensorType type,
                    const std::string& prefix) {
    for (const auto& [name, tensor] : parameters) file.tensors[prefix + name] = tensor_data_from(tensor, type);
}

long long count_elements(const Parameters& parameters) {
    long long count = 0;
    for (const auto& [name, tensor] : parameters) count += tensor.numel();
    return count;
}

}  // namespace maquette::recon
