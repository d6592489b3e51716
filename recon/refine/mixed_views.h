#pragma once

#include <memory>
#include <vector>

#include "recon/refine/refinement_network.h"

namespace maquette::recon {

/// The same photos encoded under rival cameras, and how far each is believed.
class MixedViews : public EncodedViews {
public:
    struct Alternative {
        std::shared_ptr<const EncodedViews> views;
        double belief = 1;  ///< relative to the others', above 0
    };

    /// Throws UsageError when there is no alternative, they differ in the number of views, or a belief is not above 0.
    explicit MixedViews(std::vector<Alternative> alternatives);

    [[nodiscard]] int count() const override { return alternatives_.front().views->count(); }
    [[nodiscard]] std::unique_ptr<EncodedViews> pick(std::span<const int> views) const override;
    /// Beliefs sum to 1.
    [[nodiscard]] const std::vector<Alternative>& alternatives() const { return alternatives_; }

private:
    std::vector<Alternative> alternatives_;
};

/// A network that takes MixedViews, too: each step is taken under every alternative from the same field, and the mean
/// by belief is what comes out, of displacements, too. Undecided between two cameras, no answer is bet on.
std::shared_ptr<const RefinementNetwork> mixing(std::shared_ptr<const RefinementNetwork> network);

}  // namespace maquette::recon
