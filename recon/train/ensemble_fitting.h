#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace maquette::recon {

struct EnsembleFittingOptions {
    std::filesystem::path dataset;
    std::filesystem::path output;                 ///< weights file of encoders::PhotoDescriptor
    std::vector<std::filesystem::path> encoders;  ///< weights files of train_encoder
    int views = 8;                                ///< pictures of each training shape
    std::uint64_t seed = 1;
};

/// Joins encoders on cut-out renders of the training split. Throws UsageError without encoders, InputError when a file
/// does not fit.
void fit_ensemble(const EnsembleFittingOptions& options);

}  // namespace maquette::recon
