#pragma once

#include <torch/types.h>

namespace maquette::recon::diffusion {

/// Mean squared errors of the predicted noise, [N] each: winner and loser of a pair at the same time with the same
/// noise, by the network that is tuned and by the frozen one.
struct PreferenceErrors {
    torch::Tensor winner;
    torch::Tensor loser;
    torch::Tensor reference_winner;  ///< no gradient passes into it
    torch::Tensor reference_loser;   ///< no gradient passes into it
};

struct PreferenceLossOptions {
    double beta = 5000;        ///< of the authors' program, whose errors are means over the elements, too
    double winner_anchor = 0;  ///< weight of how much the winner's error exceeds the reference's: against divergence
};

struct PreferenceLoss {
    torch::Tensor loss;            ///< scalar
    double implicit_accuracy = 0;  ///< share of pairs that the network now ranks right
    double median_margin = 0;      ///< of |the sigmoid's argument|: beta fits where it is 0.5 to 1
};

/// Diffusion-DPO (Wallace et al., "Diffusion Model Alignment Using Direct Preference Optimization", CVPR 2024, equation
/// 14 with its weights constant): -log sigmoid(-beta/2 ((winner - loser) - (reference_winner - reference_loser))), mean
/// over pairs. log 2 where network and reference are the same. Throws UsageError on shapes that differ or beta <= 0.
PreferenceLoss preference_loss(const PreferenceErrors& errors, const PreferenceLossOptions& options);

}  // namespace maquette::recon::diffusion
