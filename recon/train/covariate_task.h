#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "recon/encoders/covariate_network.h"
#include "recon/eval/capture_samples.h"
#include "recon/train/trainer.h"

namespace maquette::recon {

/// What an encoder is told of the capture, and asked about it.
struct CovariateArm {
    bool input = true;        ///< covariates stand beside the tokens
    double regression = 0.5;  ///< weight w of unexplained_covariates; below 0: features are to forget them
    bool shuffled = false;    ///< every photo has another one's covariates: a placebo
};

/// Rows of samples.
using Rows = std::vector<std::int64_t>;

/// Learns from photos what their objects are and what shape they have as the camera sees them, by a covariate encoder
/// (covariate_encoder.h) whose features are to tell the covariates, too (activation_regression.h).
class CovariateTask : public TrainingTask {
public:
    struct Settings {
        CovariateArm arm;
        double unknown_fraction = 0.3;  ///< of each covariate, while training
        int batch_size = 256;           ///< above the number of features, or the regression explains anything
        std::uint64_t seed = 1;
    };

    /// Samples are borrowed. training, validation: rows of them. Throws UsageError where a list is empty or the batch
    /// is not above the number of features.
    CovariateTask(const CaptureSamples& samples, Rows training, Rows validation, const Settings& settings,
                  std::string data_digest);

    [[nodiscard]] std::string architecture() const override { return encoders::covariate_architecture; }
    [[nodiscard]] std::vector<ParameterShape> parameter_shapes() const override { return network_.parameter_shapes(); }
    [[nodiscard]] std::string data_digest() const override { return data_digest_; }
    void begin_batch(long long number) override;
    torch::Tensor loss(const Parameters& parameters, int iteration) override;
    [[nodiscard]] Validation validate(const Parameters& average) override;
    void write_weights(const std::filesystem::path& path, const Parameters& average,
                       const std::map<std::string, std::string>& metadata) const override;

protected:
    /// The network with these parameters.
    [[nodiscard]] encoders::CovariateNetwork trained(const Parameters& parameters) const;

private:
    const CaptureSamples* samples_;
    Rows training_;
    Rows validation_;
    Settings settings_;
    std::string data_digest_;
    encoders::CovariateNetwork network_;  ///< without its parameters
    torch::Tensor covariates_;            ///< [M, K], shuffled where they are to be
    torch::Tensor rows_;                  ///< of the batch
    torch::Tensor known_;                 ///< of the batch, [N, K]
};

}  // namespace maquette::recon
