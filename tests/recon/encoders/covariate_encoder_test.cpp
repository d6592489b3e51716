#include "recon/encoders/covariate_encoder.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

namespace maquette::recon::encoders {
namespace {

constexpr CovariateEncoderConfig small{.channels = 5, .covariates = 2, .width = 16, .heads = 2, .feedforward = 32};

torch::Tensor some_tokens(std::int64_t rows) {
    return (at::arange(rows * 8 * 5, torch::kFloat32) * 0.7).sin().view({rows, 8, 5});
}

TEST(CovariateEncoder, PatchesAreReadRowByRow) {
    auto pictures = torch::zeros({1, 4, 64, 64}, torch::kFloat32);
    pictures[0][2][9][17] = 1;  // at half the size 4, 8: row 0, column 1 of the squares; pixel 4, 0 in it
    const auto tokens = picture_tokens(pictures);
    ASSERT_EQ(tokens.sizes().vec(), (std::vector<std::int64_t>{1, 16, 256}));
    EXPECT_EQ(tokens[0][1][2 * 64 + 4 * 8].item<float>(), 0.25F);
    EXPECT_EQ(tokens.sum().item<float>(), 0.25F);
}

TEST(CovariateEncoder, WhatIsUnknownDoesNotCount) {
    const auto parameters = initial_parameters(covariate_encoder_shapes(small), 1);
    const auto tokens = some_tokens(3);
    auto unknown = unknown_covariates(3, small.covariates);
    const auto without = covariate_features(parameters, small, tokens, unknown);
    ASSERT_EQ(without.sizes().vec(), (std::vector<std::int64_t>{3, 16}));
    unknown.values.fill_(9);
    EXPECT_TRUE(at::equal(covariate_features(parameters, small, tokens, unknown), without));
    unknown.known.fill_(1);
    EXPECT_GT((covariate_features(parameters, small, tokens, unknown) - without).abs().max().item<float>(), 1e-3);
}

TEST(CovariateEncoder, TokensAreNotExchangeable) {
    const auto parameters = initial_parameters(covariate_encoder_shapes(small), 2);
    const auto tokens = some_tokens(1);
    const auto unknown = unknown_covariates(1, small.covariates);
    const auto features = covariate_features(parameters, small, tokens, unknown);
    const auto reversed = covariate_features(parameters, small, tokens.flip({1}), unknown);
    EXPECT_GT((features - reversed).abs().max().item<float>(), 1e-3);
}

}  // namespace
}  // namespace maquette::recon::encoders
