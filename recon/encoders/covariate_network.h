#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "recon/encoders/covariate_encoder.h"
#include "recon/refine/parameters.h"
#include "render/io/safetensors.h"

namespace maquette::recon::encoders {

inline constexpr const char* covariate_architecture = "covariates";
inline constexpr int seen_resolution = 16;
inline constexpr std::int64_t seen_cells = seen_resolution * seen_resolution * seen_resolution;

/// A covariate encoder on pictures, and heads that say from its features what the object is and which cells of its
/// shape, as the camera sees it, are solid.
struct CovariateNetwork {
    CovariateEncoderConfig config;
    std::vector<std::string> categories;
    Parameters parameters;
    torch::Tensor mean;   ///< [covariates], of the photos trained on
    torch::Tensor scale;  ///< [covariates], above 0
    bool input = true;    ///< whether covariates are shown to it

    [[nodiscard]] std::vector<ParameterShape> parameter_shapes() const;

    /// values: [N, covariates] as encoders::Capture has them; known: [N, covariates] 1 or 0. None are shown where they
    /// are no input.
    [[nodiscard]] CovariateRows shown(const torch::Tensor& values, const torch::Tensor& known) const;
    [[nodiscard]] torch::Tensor standardised(const torch::Tensor& values) const { return (values - mean) / scale; }

    /// pictures: [N, 4, 64, 64] 0..1. Gives [N, width].
    [[nodiscard]] torch::Tensor features(const Parameters& weights, const torch::Tensor& pictures,
                                         const CovariateRows& rows) const;
};

torch::Tensor category_logits(const Parameters& parameters, const torch::Tensor& features);  ///< [N, categories]
torch::Tensor shape_logits(const Parameters& parameters, const torch::Tensor& features);     ///< [N, seen_cells]

/// Adds everything but the architecture to a weights file, fp16 but for mean and scale.
void add_network(render::SafetensorsFile& file, const CovariateNetwork& network);
/// Tensors of `file` that are none of the network's are left alone. Throws InputError naming what is wrong.
CovariateNetwork covariate_network_from(const render::SafetensorsFile& file, const std::string& what);

}  // namespace maquette::recon::encoders
