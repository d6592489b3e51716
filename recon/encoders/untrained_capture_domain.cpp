#include "recon/encoders/untrained_capture_domain.h"

#include <ATen/Functions.h>

#include <algorithm>

#include "recon/encoders/capture_limits.h"
#include "recon/encoders/covariate_network.h"

namespace maquette::recon::encoders {

void save_untrained_capture_domain(const std::filesystem::path& path, const CaptureRanges& ranges, std::uint64_t seed) {
    constexpr auto count = static_cast<std::int64_t>(covariate_count);
    CovariateNetwork network;
    network.config.covariates = static_cast<int>(count);
    network.categories = {"none"};
    network.parameters = initial_parameters(network.parameter_shapes(), seed);
    network.mean = at::zeros({count}, torch::kFloat32);
    network.scale = at::ones({count}, torch::kFloat32);
    const std::int64_t width = network.config.width;
    CaptureLimits limits{.of_values = ranges,
                         .of_predictions = {},
                         .map = {at::zeros({width}, torch::kFloat32), at::zeros({count}, torch::kFloat32),
                                 at::zeros({width, count}, torch::kFloat32)}};
    std::copy_n(ranges.begin(), camera_covariates, limits.of_predictions.begin());
    render::SafetensorsFile file;
    file.metadata["architecture"] = covariate_architecture;
    add_network(file, network);
    add_limits(file, limits);
    render::write_safetensors(path, file);
}

}  // namespace maquette::recon::encoders
