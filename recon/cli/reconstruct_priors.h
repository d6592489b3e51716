#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "priors/prior_library.h"
#include "recon/cli/command_options.h"
#include "recon/cli/prior_ranking.h"
#include "recon/cli/reconstruction.h"
#include "recon/refine/view.h"

namespace maquette::recon::cli {

/// The library, and what is worked out of it once for all photos.
class KnownPriors {
public:
    explicit KnownPriors(priors::PriorLibrary library) : library_(std::move(library)) {}
    [[nodiscard]] const priors::PriorLibrary& library() const { return library_; }
    /// Made when it is first asked for.
    const PriorRanker& ranker();

private:
    priors::PriorLibrary library_;
    std::optional<PriorRanker> ranker_;
};

/// The shipped picture and its prior, when no photo was given.
void fall_back_to_demo(ReconstructOptions& options);

/// Where each prior's mesh goes: --output for the first, beside it with the prior's name for each alternative
/// (out_NAME.glb). Fills in the places of preview and report. Throws UsageError when two outputs share a name,
/// InputError when one cannot be written or has an unknown extension.
std::vector<std::filesystem::path> resolve_outputs(ReconstructOptions& options);

/// The prior to use, and the alternatives to it. Fills options.prior where the user gave none. outputs: one a prior.
std::vector<ChosenPrior> choose_priors(ReconstructOptions& options, const View& photo, KnownPriors& known,
                                       const std::vector<std::filesystem::path>& outputs, const Note& note);

}  // namespace maquette::recon::cli
