#pragma once

#include <torch/types.h>

#include <vector>

#include "recon/encoders/covariate_network.h"
#include "recon/eval/capture_samples.h"

namespace maquette::recon {

/// How well a covariate network says what is in photos, one figure a row.
struct CaptureScores {
    std::vector<double> overlap;   ///< IoU of the shape as seen
    std::vector<double> category;  ///< 1 where it is right, else 0; -1: the object is of none
};

/// rows: [N] int64, of the samples; covariates: [M, covariates], the samples' own or others. No gradient.
CaptureScores capture_scores(const encoders::CovariateNetwork& network, const Parameters& parameters,
                             const CaptureSamples& samples, const torch::Tensor& rows, const torch::Tensor& covariates);

/// Everyone has another one's, by the seed. values: [M, K].
torch::Tensor shuffled_rows(const torch::Tensor& values, std::uint64_t seed);

/// Pictures of some rows as networks take them, 0..1.
torch::Tensor pictures_of(const CaptureSamples& samples, const torch::Tensor& rows);

/// [N] int64.
torch::Tensor index_tensor(const std::vector<std::int64_t>& rows);

}  // namespace maquette::recon
