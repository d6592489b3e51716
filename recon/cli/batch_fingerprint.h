#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>

#include "priors/prior_library.h"
#include "recon/cli/command_options.h"
#include "recon/cli/loaded_networks.h"

namespace maquette::recon::cli {

/// Everything that an object's result depends on, so that a result is kept for as long as none of it changes.
class BatchFingerprints {
public:
    /// Both outlive it.
    BatchFingerprints(const LoadedNetworks& networks, const priors::PriorLibrary& library)
        : networks_(&networks), library_(&library) {}

    /// Digests of photos, cameras, priors' files and weights, and the options that matter, as they are before anything
    /// is resolved; threads and places of outputs do not. Throws InputError when a file cannot be read.
    nlohmann::json of(const ReconstructOptions& options);

private:
    const std::string& digest_of(const std::filesystem::path& file);
    nlohmann::json priors_of(const std::vector<std::string>& parts);

    const LoadedNetworks* networks_;
    const priors::PriorLibrary* library_;
    std::map<std::filesystem::path, std::string> digests_;  ///< of files that many objects share
};

}  // namespace maquette::recon::cli
