#pragma once

#include <string>

#include "recon/diffusion/usual_views.h"

namespace maquette::recon {

/// What preference training does with the pairs.
struct PreferenceOptions {
    /// dpo: Diffusion-DPO. Its controls: winners (supervised fine-tuning on the preferred pictures alone) and shuffled
    /// (Diffusion-DPO with which picture is preferred decided by lot).
    std::string objective = "dpo";
    double beta = 0;  ///< of preference_loss; 0: calibrated before the first step
    /// Times beta: weight of how much the winner's error exceeds the reference's. Without it the margin grows by
    /// ruining the loser, and the winner follows; far above, nothing is learned but the winners.
    double winner_anchor = 0.05;
    double winner_limit = 0.05;     ///< training ends where the winner's error exceeds the reference's by this share
    std::string times = "sampler";  ///< sampler: the noise levels that it visits; all: evenly in time
    int sampler_steps = diffusion::usual_view_steps;
    double photo_dropout = 0.1;     ///< pairs whose photo is withheld
    double geometry_dropout = 0.1;  ///< pairs whose geometry is withheld
    double held_out = 0.1;          ///< share of pairs that are only validated on, whole groups; at least one
};

/// Throws UsageError when an option is out of its range.
void check_preference_options(const PreferenceOptions& options);

}  // namespace maquette::recon
