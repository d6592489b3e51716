#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "recon/refine/parameters.h"

namespace maquette::recon::encoders {

/// Size of a covariate encoder.
struct CovariateEncoderConfig {
    int channels = 256;  ///< of each token, covariates not counted
    int covariates = 7;  ///< 0 or more
    int width = 64;      ///< features
    int heads = 2;       ///< of attention
    int layers = 2;      ///< of attention
    int feedforward = 256;
};

/// Values that are not known are zero. Both [N, covariates].
struct CovariateRows {
    torch::Tensor values;  ///< standardised
    torch::Tensor known;   ///< 1 or 0
};

/// All unknown.
CovariateRows unknown_covariates(std::int64_t rows, int covariates);

/// Names and shapes of its parameters, all under "tokens.".
std::vector<ParameterShape> covariate_encoder_shapes(const CovariateEncoderConfig& config);

/// A Transformer over tokens in which what is known of the whole, each value and whether it is known, stands beside
/// the channels of every token (Khanna et al., "Activation Regression for Continuous Domain Generalization with
/// Applications to Crop Classification", 2022). Two layers over each token alone, sinusoidal places, attention, the
/// largest over tokens. tokens: [N, T, channels]; gives [N, width].
torch::Tensor covariate_features(const Parameters& parameters, const CovariateEncoderConfig& config,
                                 const torch::Tensor& tokens, const CovariateRows& covariates);

/// At half the size, in squares of 8 pixels, row by row, channel after channel: [N, 16, 256] of pictures [N, 4, 64,
/// 64].
torch::Tensor picture_tokens(const torch::Tensor& pictures);

}  // namespace maquette::recon::encoders
