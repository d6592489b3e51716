#pragma once

#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <vector>

#include "priors/category_prior.h"
#include "recon/refine/correspondence.h"
#include "recon/refine/refinement_network.h"
#include "recon/refine/view.h"
#include "render/grid.h"

namespace maquette::recon {

struct RefineOptions {
    int iterations = 0;  ///< 1..100; 0: what the network recommends for so many views
    /// Stops after a step that changed the occupancies by less than this on average, 0..1; 0: takes every step.
    double tolerance = 0;
    bool correspondence = false;  ///< whether to follow from where in the prior each place came
};

/// The state after one step. Immutable once published.
struct RefinementSnapshot {
    int iteration = 0;            ///< 0: the prior itself
    int iterations = 0;           ///< planned
    render::VoxelGrid occupancy;  ///< 32^3, 0..1
    double change = 0;            ///< mean absolute difference to the step before
    double seconds = 0;           ///< of this step
};

using RefinementObserver = std::function<void(std::shared_ptr<const RefinementSnapshot>)>;

struct RefinementResult {
    std::shared_ptr<const RefinementSnapshot> final;
    std::shared_ptr<const RefinementSnapshot> before;  ///< what the last step started from; none without a step
    double encode_seconds = 0;
    std::vector<double> step_seconds;
    bool interrupted = false;  ///< stopped by the token; `final` is the last finished step
    bool settled = false;      ///< stopped by the tolerance before the last step planned
    /// From where in the prior each place of `final` came, all steps together. Empty: not asked for, or a network that
    /// moves nothing.
    DisplacementGrid correspondence;
};

/// The refinement loop (DESIGN section 2). Knows no threads and no windows.
class Refiner {
public:
    explicit Refiner(std::shared_ptr<const RefinementNetwork> network);

    /// Snapshot 0 (the prior) is published first, then one for each step. Throws UsageError on no views or options out
    /// of range.
    RefinementResult run(std::span<const View> views, const priors::CategoryPrior& prior, const RefineOptions& options,
                         const RefinementObserver& observer, const std::stop_token& stop) const;

    /// The same on views encoded before: what a prior swap costs.
    RefinementResult run(const EncodedViews& views, const priors::CategoryPrior& prior, const RefineOptions& options,
                         const RefinementObserver& observer, const std::stop_token& stop) const;

    [[nodiscard]] const RefinementNetwork& network() const { return *network_; }

private:
    std::shared_ptr<const RefinementNetwork> network_;
};

}  // namespace maquette::recon
