#pragma once

#include <optional>
#include <span>
#include <vector>

#include "priors/category_prior.h"
#include "recon/refine/refinement_network.h"
#include "render/grid.h"

namespace maquette::recon {

/// Below this agreement a prior is likely of another kind of thing than what the photos show.
inline constexpr double low_agreement = 0.1;

/// Chosen on base validation. The share of the result with the prior rises evenly from 0 to 1 between the two.
struct PriorTrustOptions {
    double no_agreement = low_agreement;  ///< below full_agreement
    double full_agreement = 0.4;
};

/// How far photos and prior speak of the same shape. What the photos alone tell, refined from the empty prior under the
/// same cameras, overlaps a fitting prior clearly more than one of another kind of thing; the less it does, the more
/// the result is left to the photos.
class PriorTrust {
public:
    /// Takes `iterations` steps from the empty prior, at least 1. threshold: occupancy that is solid.
    PriorTrust(const RefinementNetwork& network, const EncodedViews& views, const priors::CategoryPrior& prior,
               int iterations, float threshold, const PriorTrustOptions& options = {});
    /// alone: occupancy refined from the empty prior.
    PriorTrust(render::VoxelGrid alone, const priors::CategoryPrior& prior, float threshold,
               const PriorTrustOptions& options = {});

    /// Intersection over union of the photos' own shape and the prior, 0..1. None where there is nothing to compare:
    /// an empty prior, or photos that show nothing solid by themselves.
    [[nodiscard]] std::optional<double> agreement() const { return agreement_; }
    [[nodiscard]] bool low() const { return agreement_ && *agreement_ < low_agreement; }
    /// Of the result with the prior, 0..1; 1 without an agreement.
    [[nodiscard]] double share() const { return share_; }
    /// share * with_prior + (1 - share) * alone, on the cells of `with_prior`.
    [[nodiscard]] render::VoxelGrid mixed(const render::VoxelGrid& with_prior) const;

private:
    render::VoxelGrid alone_;
    std::optional<double> agreement_;
    double share_ = 1;
};

/// Occupancy that the network finds without a prior, [V] of each object's views; `iterations` steps, at least 1.
std::vector<render::VoxelGrid> photos_alone(const RefinementNetwork& network,
                                            std::span<const EncodedViews* const> views, int iterations);

}  // namespace maquette::recon
