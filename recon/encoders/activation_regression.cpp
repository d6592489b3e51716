#include "recon/encoders/activation_regression.h"

#include <ATen/Functions.h>
#include <fmt/format.h>

#include "render/error.h"

namespace maquette::recon::encoders {
namespace {

constexpr double least_variance = 1e-12;

}  // namespace

CovariateMap fit_covariates(const torch::Tensor& features, const torch::Tensor& covariates, double ridge) {
    if (features.dim() != 2 || covariates.dim() != 2 || features.size(0) != covariates.size(0)) {
        throw UsageError(fmt::format("{} rows of features for {} of covariates", features.size(0), covariates.size(0)));
    }
    CovariateMap map{features.mean(0), covariates.mean(0), {}};
    const auto f = features - map.feature_mean;
    const auto moments = at::matmul(f.t(), f) + ridge * at::eye(f.size(1), f.options());
    map.weights = at::linalg_solve(moments, at::matmul(f.t(), covariates - map.mean));
    return map;
}

torch::Tensor CovariateMap::operator()(const torch::Tensor& features) const {
    return at::matmul(features - feature_mean, weights) + mean;
}

torch::Tensor unexplained_covariates(const torch::Tensor& features, const torch::Tensor& covariates, double ridge) {
    const auto map = fit_covariates(features, covariates, ridge);
    const auto variance = (covariates - map.mean).pow(2).mean().clamp_min(least_variance);
    return (covariates - map(features)).pow(2).mean() / variance;
}

}  // namespace maquette::recon::encoders
