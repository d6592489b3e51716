#include "recon/refine/flagship_exemplars.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cmath>

#include "recon/refine/flagship_network.h"
#include "render/error.h"
#include "tests/support/gradient_check.h"

namespace maquette::recon {
namespace {

priors::CategoryPrior prior_of(const std::vector<float>& fills, const std::vector<float>& weights) {
    priors::CategoryPrior prior;
    for (const float fill : fills) {
        priors::Exemplar exemplar;
        exemplar.occupancy = render::VoxelGrid(32);
        // A slab whose thickness differs from exemplar to exemplar.
        for (std::size_t i = 0; i < exemplar.occupancy.values.size(); ++i) {
            exemplar.occupancy.values[i] = static_cast<float>(i % 32) < 32 * fill ? 1.0F : 0.0F;
        }
        prior.exemplars.push_back(std::move(exemplar));
    }
    prior.weights = weights;
    return prior;
}

class FlagshipExemplars : public ::testing::Test {
protected:
    torch::Tensor answer(const std::vector<const priors::CategoryPrior*>& priors) const {
        const auto n = static_cast<std::int64_t>(priors.size());
        const auto volume = at::sin(at::arange(48 * 512, torch::kFloat32) * 0.37).view({1, 48, 8, 8, 8});
        return flagship::ask_exemplars(parameters_, volume.expand({n, -1, -1, -1, -1}).contiguous(),
                                       flagship::encode_exemplars(parameters_, flagship::exemplar_grids(priors)));
    }

    Parameters parameters_ = initial_parameters(flagship::parameter_shapes(true), 5);
};

TEST_F(FlagshipExemplars, TheirOrderDoesNotMatter) {
    const auto one = prior_of({0.2F, 0.5F, 0.8F}, {0.2F, 0.5F, 0.3F});
    const auto other = prior_of({0.8F, 0.2F, 0.5F}, {0.3F, 0.2F, 0.5F});
    const auto a = answer({&one});
    ASSERT_GT(a.abs().max().item<float>(), 1e-3);
    EXPECT_TRUE(at::allclose(a, answer({&other}), 1e-4, 1e-6));
}

TEST_F(FlagshipExemplars, PaddingChangesNothing) {
    const auto three = prior_of({0.2F, 0.5F, 0.8F}, {});
    const auto one = prior_of({0.6F}, {});
    const priors::CategoryPrior none;
    const auto together = answer({&three, &one, &none});
    EXPECT_TRUE(at::allclose(together[0], answer({&three})[0], 1e-4, 1e-6));
    EXPECT_TRUE(at::allclose(together[1], answer({&one})[0], 1e-4, 1e-6));
    EXPECT_EQ(together[2].abs().max().item<float>(), 0);
}

TEST_F(FlagshipExemplars, TwiceTheSameShapeIsThatShapeOfTwiceTheWeight) {
    const auto repeated = prior_of({0.3F, 0.3F, 0.7F}, {1 / 3.0F, 1 / 3.0F, 1 / 3.0F});
    const auto weighted = prior_of({0.3F, 0.7F}, {2 / 3.0F, 1 / 3.0F});
    const auto even = prior_of({0.3F, 0.7F}, {0.5F, 0.5F});
    // The slot that takes nothing keeps its weight: shares are 1 on average, so the sums are 3 and 2 of them.
    const auto a = answer({&repeated});
    const auto b = answer({&weighted});
    const auto c = answer({&even});
    EXPECT_LT((a - b).abs().max().item<float>(), (a - c).abs().max().item<float>());
}

TEST_F(FlagshipExemplars, ScoresBeyondAllMeasureStayFinite) {
    auto& query = parameters_.at("exemplar.query.weight");
    query.mul_(1e4);
    const auto three = prior_of({0.2F, 0.5F, 0.8F}, {});
    const auto one = prior_of({0.6F}, {});
    EXPECT_TRUE(at::isfinite(answer({&three, &one})).all().item<bool>());
}

TEST_F(FlagshipExemplars, GradientMatchesFiniteDifferences) {
    const auto prior = prior_of({0.2F, 0.5F, 0.8F}, {0.2F, 0.5F, 0.3F});
    const auto objective = [&](const Parameters& p) {
        const auto volume = at::sin(at::arange(48 * 512, torch::kFloat32) * 0.37).view({1, 48, 8, 8, 8});
        const priors::CategoryPrior* asked = &prior;
        const auto out =
            flagship::ask_exemplars(p, volume, flagship::encode_exemplars(p, flagship::exemplar_grids({&asked, 1})));
        return (out * at::cos(at::arange(48 * 512, torch::kFloat32) * 0.11).view({1, 48, 8, 8, 8})).sum();
    };
    recon::testing::expect_gradients(parameters_,
                                     {"exemplar.in.weight", "exemplar.key.weight", "exemplar.value.weight",
                                      "exemplar.query.weight", "exemplar.out.weight"},
                                     2e-3, objective);
}

TEST_F(FlagshipExemplars, RefusesExemplarsOnAnotherGrid) {
    auto prior = prior_of({0.5F}, {});
    prior.exemplars.front().occupancy = render::VoxelGrid(16);
    EXPECT_THROW(answer({&prior}), UsageError);
}

}  // namespace
}  // namespace maquette::recon
