#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "recon/data/shape_dataset.h"
#include "recon/eval/report.h"

namespace maquette::recon {

struct SuiteOptions {
    std::filesystem::path dataset;
    std::vector<std::filesystem::path> weights;  ///< of the networks, one after another
    std::filesystem::path camera_weights;        ///< of the camera estimator; empty: no row has an estimated camera
    int views = 24;                              ///< query views a shape, 1..24
    int draws = 5;                               ///< prior draws a query
    int shapes_per_category = 0;                 ///< 0: all; smaller for a quick look
    std::uint64_t seed = 1;
    std::string trust_prior = "auto";  ///< auto: the flagship's results are mixed by PriorTrust; full: they are not
};

struct SuiteProgress {
    std::string stage;
    double fraction = 0;  ///< 0..1
};

/// "novel": novel categories; "base": held-out libraries of the base categories; "icons": catalogue pictures of novel
/// shapes; "validation": what choices are made on.
/// Throws UsageError on an unknown suite, naming the known ones.
Report run_suite(const std::string& suite, const SuiteOptions& options,
                 const std::function<void(const SuiteProgress&)>& progress, std::stop_token stop);

}  // namespace maquette::recon
