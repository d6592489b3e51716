#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "recon/eval/part_report.h"

namespace maquette::recon {

struct EncoderSuiteOptions {
    std::filesystem::path dataset;
    std::vector<std::filesystem::path>
        encoders;                            ///< weights files, or folders that are searched for weights.safetensors
    std::filesystem::path descriptor;        ///< joined encoders; empty: no proposals are made
    std::filesystem::path refiner_weights;   ///< empty: no proposals are made
    std::filesystem::path label_efficiency;  ///< folder of trained refiners; empty: not measured
    std::filesystem::path covariates;        ///< folder of `train covariate-study`; empty: not measured
    std::filesystem::path capture_domain;    ///< weights of `train covariates`; empty: not measured
    std::string split = "novel";             ///< of the proposal; validation: what choices are made on
    std::vector<std::string> parts;          ///< of encoder_part_names(); empty: all
    int views = 8;                           ///< pictures of each shape
    int shapes_per_category = 0;             ///< 0: all
    std::uint64_t seed = 1;
};

/// In the report's order.
std::vector<std::string> encoder_part_names();

/// Everything that is claimed of the encoders. progress: stage and share of it. Throws UsageError on an unknown part,
/// naming the known ones; InputError where weights are not there; Interrupted when stopped.
PartReport run_encoder_suite(const EncoderSuiteOptions& options,
                             const std::function<void(const std::string&, double)>& progress, std::stop_token stop);

}  // namespace maquette::recon
