#pragma once

#include <torch/types.h>

#include <array>
#include <string>
#include <utility>

#include "recon/encoders/activation_regression.h"
#include "recon/encoders/capture.h"
#include "render/io/safetensors.h"

namespace maquette::recon::encoders {

/// Ranges in which the captures that networks were trained on lie.
struct CaptureLimits {
    using Range = std::pair<double, double>;
    std::array<Range, covariate_count> of_values;         ///< as known
    std::array<Range, camera_covariates> of_predictions;  ///< as read from the picture
    CovariateMap map;                                     ///< from features of the picture alone to standardised values
};

/// Chooses the ranges. values: [M, covariate_count] of captures, all as in training; predictions: [M,
/// camera_covariates] as read from pictures that the network was not trained on. Each range leaves out the same share
/// at either end, the greatest with which at most `false_alarms` of the captures lie outside of any range: of the
/// values together, and of the predictions together with what is measured. map is not touched. Throws UsageError where
/// there are fewer than 20.
void set_ranges(CaptureLimits& limits, const torch::Tensor& values, const torch::Tensor& predictions,
                double false_alarms);

void add_limits(render::SafetensorsFile& file, const CaptureLimits& limits);
/// features: length of the network's. Throws InputError naming what is wrong.
CaptureLimits capture_limits_from(const render::SafetensorsFile& file, std::int64_t features, const std::string& what);

}  // namespace maquette::recon::encoders
