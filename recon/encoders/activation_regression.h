#pragma once

#include <torch/types.h>

namespace maquette::recon::encoders {

/// Added to the diagonal of the features' second moments, as published.
inline constexpr double regression_ridge = 1e-3;

/// How little of the covariates a linear map of the features explains, that map found on the same rows in closed form:
/// mean((C - F A)^2) / mean(C^2), A = (F'F + ridge I)^-1 F'C, both centred (Khanna et al. 2022, activation regression;
/// the published code leaves F as it is). 0: all of it, 1: nothing. Differentiable in the features through A.
/// features: [N, D], more rows than columns, or anything is explained; covariates: [N, K]. Throws UsageError where the
/// rows differ in number.
torch::Tensor unexplained_covariates(const torch::Tensor& features, const torch::Tensor& covariates,
                                     double ridge = regression_ridge);

/// The same map, kept.
struct CovariateMap {
    torch::Tensor feature_mean;  ///< [D]
    torch::Tensor mean;          ///< [K]
    torch::Tensor weights;       ///< [D, K]

    /// [N, K] from features [N, D].
    [[nodiscard]] torch::Tensor operator()(const torch::Tensor& features) const;
};
CovariateMap fit_covariates(const torch::Tensor& features, const torch::Tensor& covariates,
                            double ridge = regression_ridge);

}  // namespace maquette::recon::encoders
