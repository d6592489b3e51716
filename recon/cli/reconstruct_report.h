#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "recon/cli/command_options.h"
#include "recon/cli/reconstruction.h"
#include "recon/cli/stage_timer.h"

namespace maquette::recon::cli {

/// What the reconstructions of a command leave behind for its run.json.
struct ReconstructionRecord {
    ReconstructOptions options;  ///< resolved: what was used, defaults filled in
    const RefinementNetwork* network = nullptr;
    const std::vector<Reconstruction>* runs = nullptr;  ///< at least one; the first is --prior's
    std::vector<std::string> cutouts;                   ///< how each photo's object was cut out
    bool interrupted = false;
    double warm_step_seconds = 0;  ///< median of the steps after the first; 0: not measured
};

/// The run whose prior agrees most with the photo; null: none has a prior that claims anything.
const Reconstruction* best_agreeing(const std::vector<Reconstruction>& runs);

nlohmann::json reconstruction_report(const ReconstructionRecord& record, const StageTimer& timer);

}  // namespace maquette::recon::cli
