#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>

#include "recon/eval/part_report.h"

namespace maquette::recon::cli {

struct AssetSuiteOptions {
    std::filesystem::path dataset;
    std::string split = "novel";  ///< novel | validation: what choices are made on
    int views = 1;                ///< pictures of each shape
    int shapes_per_category = 0;  ///< 0: all
    int threads = 0;
    std::uint64_t seed = 1;
};

/// What `reconstruct` writes, as a user with one picture, a shape of the same kind and no camera gets it: the glb read
/// by a reader that is not ours and drawn again, its colours against the photo's, the stl's topology, and how lumpy the
/// surface is. Throws UsageError on an unknown split, InputError where shapes or weights are not there, Interrupted
/// when stopped.
PartReport run_asset_suite(const AssetSuiteOptions& options,
                           const std::function<void(const std::string&, double)>& progress,
                           const std::stop_token& stop);

}  // namespace maquette::recon::cli
