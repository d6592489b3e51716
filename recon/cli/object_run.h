#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <stop_token>
#include <string>
#include <vector>

#include "recon/cli/command_options.h"
#include "recon/cli/loaded_networks.h"
#include "recon/cli/reconstruct_priors.h"
#include "recon/cli/reconstruction.h"
#include "recon/cli/stage_timer.h"

namespace maquette::recon::cli {

/// What came of one object's photos.
struct ObjectRun {
    ReconstructOptions options;        ///< resolved: what was used, defaults filled in
    std::vector<Reconstruction> runs;  ///< at least one; the first is --prior's
    std::vector<std::string> cutouts;  ///< how each photo's object was cut out, as in Photo
    std::size_t priors = 1;            ///< how many were to be tried
    float threshold = 0.5F;            ///< occupancy that is solid
    double warm_step_seconds = 0;      ///< 0: not measured
    [[nodiscard]] bool interrupted() const { return runs.back().result.interrupted || runs.size() < priors; }
};

struct ObjectRunSettings {
    std::string label;             ///< of the progress bars; empty: none
    bool measure_latency = false;  ///< the seconds of a warm step, which takes some more steps
    Note note;
};

/// Reconstructs what options.photos show from each of the priors, and writes meshes and preview, not the report.
/// outputs: as resolve_outputs gives them. Throws Interrupted when stopped before the first step, and what the stages
/// throw.
ObjectRun run_object(const ReconstructOptions& options, const std::vector<std::filesystem::path>& outputs,
                     LoadedNetworks& networks, KnownPriors& priors, const ObjectRunSettings& settings,
                     StageTimer& timer, const std::stop_token& stop);

/// run.json of it, to be written last.
nlohmann::json report_of(const ObjectRun& run, const LoadedNetworks& networks, const StageTimer& timer);

}  // namespace maquette::recon::cli
