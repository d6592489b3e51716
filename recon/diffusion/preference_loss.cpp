#include "recon/diffusion/preference_loss.h"

#include <ATen/Functions.h>
#include <fmt/format.h>

#include "render/error.h"

namespace maquette::recon::diffusion {

PreferenceLoss preference_loss(const PreferenceErrors& errors, const PreferenceLossOptions& options) {
    const auto shape = errors.winner.sizes();
    if (!(options.beta > 0) || errors.winner.dim() != 1 || errors.loser.sizes() != shape ||
        errors.reference_winner.sizes() != shape || errors.reference_loser.sizes() != shape) {
        throw UsageError(
            fmt::format("preference loss with beta {} of {} winners and {} losers; give a beta above 0 and "
                        "one error each of every pair",
                        options.beta, errors.winner.numel(), errors.loser.numel()));
    }
    const auto reference_winner = errors.reference_winner.detach();
    const auto reference_loser = errors.reference_loser.detach();
    const auto argument = -0.5 * options.beta * ((errors.winner - errors.loser) - (reference_winner - reference_loser));
    PreferenceLoss result;
    result.loss = -at::log_sigmoid(argument).mean();
    if (options.winner_anchor > 0) {
        result.loss = result.loss + options.winner_anchor * at::relu(errors.winner - reference_winner).mean();
    }
    result.implicit_accuracy = (argument > 0).to(torch::kFloat32).mean().item<double>();
    result.median_margin = argument.detach().abs().median().item<double>();
    return result;
}

}  // namespace maquette::recon::diffusion
