#include "recon/encoders/activation_regression.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include "render/error.h"

namespace maquette::recon::encoders {
namespace {

torch::Tensor noise(std::int64_t rows, std::int64_t columns, std::uint64_t seed) {
    return at::randn({rows, columns}, at::detail::createCPUGenerator(seed), torch::kFloat64);
}

TEST(ActivationRegression, NothingIsLeftOfWhatFeaturesTellLinearly) {
    const auto features = noise(200, 6, 1);
    const auto covariates = at::matmul(features, noise(6, 3, 2)) + 5;
    EXPECT_LT(unexplained_covariates(features, covariates).item<double>(), 1e-8);
    const auto map = fit_covariates(features, covariates);
    const auto fresh = noise(10, 6, 3);
    EXPECT_LT((map(fresh) - (at::matmul(fresh, noise(6, 3, 2)) + 5)).abs().max().item<double>(), 1e-3);
}

TEST(ActivationRegression, NearlyAllIsLeftOfWhatTheyDoNotTell) {
    const double left = unexplained_covariates(noise(2000, 6, 1), noise(2000, 3, 2)).item<double>();
    // Six columns of chance explain six in two thousand.
    EXPECT_NEAR(left, 1 - 6.0 / 2000, 0.004);
}

TEST(ActivationRegression, TheGradientGoesThroughTheClosedForm) {
    auto features = noise(12, 3, 4);
    const auto covariates = noise(12, 2, 5);
    features.requires_grad_(true);
    unexplained_covariates(features, covariates, 0.1).backward();
    const auto gradient = features.grad().clone();
    features = features.detach().clone();
    constexpr double step = 1e-6;
    for (const std::int64_t row : {0, 5, 11}) {
        for (std::int64_t column = 0; column < 3; ++column) {
            auto value = features[row][column];
            const double before = value.item<double>();
            value.fill_(before + step);
            const double above = unexplained_covariates(features, covariates, 0.1).item<double>();
            value.fill_(before - step);
            const double below = unexplained_covariates(features, covariates, 0.1).item<double>();
            value.fill_(before);
            EXPECT_NEAR(gradient[row][column].item<double>(), (above - below) / (2 * step), 1e-7);
        }
    }
}

TEST(ActivationRegression, RowsMustBeOfTheSamePhotos) {
    EXPECT_THROW(unexplained_covariates(noise(5, 2, 1), noise(6, 2, 1)), UsageError);
}

}  // namespace
}  // namespace maquette::recon::encoders
