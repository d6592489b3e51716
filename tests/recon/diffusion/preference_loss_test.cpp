#include "recon/diffusion/preference_loss.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cmath>
#include <initializer_list>
#include <vector>

#include "render/error.h"

namespace maquette::recon::diffusion {
namespace {

torch::Tensor errors_of(std::initializer_list<double> values) {
    return at::tensor(std::vector<double>(values), torch::kFloat64);
}

TEST(PreferenceLoss, IsLogTwoWhereNothingWasLearned) {
    const auto winner = errors_of({0.1, 0.02, 0.3});
    const auto loser = errors_of({0.2, 0.01, 0.3});
    const auto result = preference_loss({winner, loser, winner, loser}, {});
    EXPECT_NEAR(result.loss.item<double>(), std::log(2.0), 1e-12);
    EXPECT_EQ(result.implicit_accuracy, 0);
    EXPECT_EQ(result.median_margin, 0);
}

TEST(PreferenceLoss, IsTheFormula) {
    const auto result = preference_loss(
        {errors_of({0.010, 0.020}), errors_of({0.030, 0.021}), errors_of({0.011, 0.019}), errors_of({0.029, 0.022})},
        {.beta = 2000});
    const auto term = [](double margin) { return std::log1p(std::exp(1000 * margin)); };
    EXPECT_NEAR(result.loss.item<double>(), (term(-0.020 + 0.018) + term(-0.001 + 0.003)) / 2, 1e-9);
    EXPECT_EQ(result.implicit_accuracy, 0.5);
    EXPECT_NEAR(result.median_margin, 2, 1e-9);
}

TEST(PreferenceLoss, PushesTheWinnerUpAndTheLoserDownAndLeavesTheReference) {
    PreferenceErrors errors{errors_of({0.01}), errors_of({0.01}), errors_of({0.01}), errors_of({0.01})};
    for (auto* tensor : {&errors.winner, &errors.loser, &errors.reference_winner, &errors.reference_loser}) {
        tensor->requires_grad_(true);
    }
    preference_loss(errors, {.beta = 100}).loss.backward();
    EXPECT_NEAR(errors.winner.grad().item<double>(), 0.25 * 100, 1e-9);
    EXPECT_NEAR(errors.loser.grad().item<double>(), -0.25 * 100, 1e-9);
    EXPECT_FALSE(errors.reference_winner.grad().defined());
    EXPECT_FALSE(errors.reference_loser.grad().defined());
}

TEST(PreferenceLoss, TheAnchorHoldsOnlyWinnersThatGotWorse) {
    const auto loss = [](double winner, double anchor) {
        const auto reference = errors_of({0.02});
        return preference_loss({errors_of({winner}), reference, reference, reference},
                               {.beta = 1, .winner_anchor = anchor})
            .loss.item<double>();
    };
    EXPECT_EQ(loss(0.01, 10), loss(0.01, 0));
    EXPECT_NEAR(loss(0.05, 10), loss(0.05, 0) + 0.3, 1e-12);
}

TEST(PreferenceLoss, RefusesWhatDoesNotFit) {
    const auto one = errors_of({0.1});
    const auto two = errors_of({0.1, 0.2});
    EXPECT_THROW(preference_loss({two, one, two, two}, {}), UsageError);
    EXPECT_THROW(preference_loss({one, one, one, one}, {.beta = 0}), UsageError);
}

}  // namespace
}  // namespace maquette::recon::diffusion
