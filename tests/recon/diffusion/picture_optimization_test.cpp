#include "recon/diffusion/picture_optimization.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <vector>

#include "recon/diffusion/score_rivals.h"
#include "recon/diffusion/time_grid.h"
#include "render/error.h"
#include "tests/recon/diffusion/closed_form_denoisers.h"

namespace maquette::recon::diffusion {
namespace {

using testing::BimodalDenoiser;

/// Pictures whose mask is above 0 on the left break nothing.
torch::Tensor left_is_covered(const torch::Tensor& pictures) {
    return (1 - pictures.select(1, 3).narrow(2, 0, 4)).relu().mean({1, 2});
}

class PictureOptimization : public ::testing::Test {
protected:
    BimodalDenoiser denoiser_{Parameterization::velocity, 0.9, 0.3};
    std::vector<std::int64_t> shape_{3, 4, 8, 8};
    std::vector<NoiseLevel> levels_ = time_grid(NoiseSchedule::cosine(), {.steps = 10});
    std::unique_ptr<Sampler> edict_ = make_sampler({.kind = SamplerKind::edict});
    std::unique_ptr<Sampler> ddim_ = make_sampler({});
    torch::Tensor noise_ = gaussian_noise(shape_, 4);
    LatentOptimizationOptions options_{.iterations = 8, .gradient_scale = 30, .clip = 0.05};
};

TEST_F(PictureOptimization, EachRowEndsBetterAndNeverWorse) {
    for (const auto memory : {GradientMemory::nothing, GradientMemory::each_step, GradientMemory::everything}) {
        options_.memory = memory;
        denoiser_.evaluations = 0;
        const auto improved =
            optimise_pictures(*edict_, denoiser_, edict_->begin(noise_), levels_, left_is_covered, options_);
        EXPECT_TRUE((improved.after < 0.8 * improved.before).all().item<bool>()) << improved.after;
        EXPECT_TRUE(at::allclose(scores_of(left_is_covered, improved.pictures), improved.after));
        const auto plain = generate(*edict_, denoiser_, edict_->begin(noise_), levels_).x;
        EXPECT_TRUE(at::allclose(scores_of(left_is_covered, plain), improved.before, 1e-4, 1e-5));
        EXPECT_EQ(improved.evaluations, evaluations_of(options_, *edict_, levels_.size() - 1));
        // Backward passes are counted but not seen by the denoiser, and one plain chain was drawn since.
        const long long seen = denoiser_.evaluations - 20 + options_.iterations * 20;
        EXPECT_EQ(improved.evaluations, seen);
    }
}

TEST_F(PictureOptimization, ASingleLatentServesWhereStepsAreKept) {
    options_.memory = GradientMemory::each_step;
    const auto improved =
        optimise_pictures(*ddim_, denoiser_, ddim_->begin(noise_), levels_, left_is_covered, options_);
    EXPECT_TRUE((improved.after < 0.8 * improved.before).all().item<bool>());
    EXPECT_EQ(improved.evaluations, 8 * 3 * 10 + 10);
    options_.memory = GradientMemory::nothing;
    EXPECT_THROW(optimise_pictures(*ddim_, denoiser_, ddim_->begin(noise_), levels_, left_is_covered, options_),
                 UsageError);
}

TEST_F(PictureOptimization, EndedEarlyItKeepsTheBest) {
    int seen = 0;
    const auto improved = optimise_pictures(*edict_, denoiser_, edict_->begin(noise_), levels_, left_is_covered,
                                            options_, [&](const LatentOptimizationStep&) { return ++seen < 3; });
    EXPECT_EQ(seen, 3);
    EXPECT_TRUE((improved.after <= improved.before).all().item<bool>());
    EXPECT_EQ(improved.evaluations, 3 * 4 * 20);
}

TEST_F(PictureOptimization, GuidanceLowersTheScoreAndScaleZeroIsNone) {
    const auto guided = guided_pictures(*ddim_, denoiser_, noise_, levels_, left_is_covered, 20);
    EXPECT_TRUE((guided.after < guided.before).all().item<bool>()) << guided.after << guided.before;
    EXPECT_EQ(guided.evaluations, 20);
    const auto plain = guided_pictures(*ddim_, denoiser_, noise_, levels_, left_is_covered, 0);
    EXPECT_TRUE(at::allclose(plain.after, plain.before, 1e-4, 1e-5));
    EXPECT_THROW(OneStepGuidance(denoiser_, left_is_covered, -1), UsageError);
}

TEST_F(PictureOptimization, BestOfSeedsCostsWhatItMay) {
    const auto budget = evaluations_of(options_, *edict_, levels_.size() - 1);
    denoiser_.evaluations = 0;
    const auto best = best_of_seeds(*ddim_, denoiser_, shape_, levels_, left_is_covered, 4, budget);
    EXPECT_EQ(best.improved.evaluations, denoiser_.evaluations);
    EXPECT_LE(best.improved.evaluations, budget);
    EXPECT_GT(best.improved.evaluations, budget - 10);
    EXPECT_EQ(best.tried, budget / 10);
    EXPECT_TRUE((best.improved.after < best.improved.before).all().item<bool>());
    // Each row is what its seed gives.
    for (std::int64_t row = 0; row < 3; ++row) {
        const auto noise = gaussian_noise({1, 4, 8, 8}, best.seeds[static_cast<std::size_t>(row)]);
        const auto again = generate(*ddim_, denoiser_, ddim_->begin(noise), levels_).x;
        EXPECT_TRUE(at::allclose(again[0], best.improved.pictures[row], 1e-4, 1e-5));
    }
    EXPECT_EQ(best_of_seeds(*ddim_, denoiser_, shape_, levels_, left_is_covered, 4, 0).tried, 1);
}

TEST_F(PictureOptimization, ScoresAddUp) {
    const PictureScore ones = [](const torch::Tensor& pictures) { return at::ones({pictures.size(0)}); };
    EXPECT_NEAR(scores_of(weighted_sum({{ones, 2}, {ones, 0.5}}), noise_)[0].item<double>(), 2.5, 1e-6);
    EXPECT_THROW(weighted_sum({}), UsageError);
    EXPECT_THROW(weighted_sum({{ones, 0}}), UsageError);
    EXPECT_THROW(weighted_sum({{PictureScore(), 1}}), UsageError);
    EXPECT_THROW(scores_of([](const torch::Tensor& pictures) { return pictures.sum(); }, noise_), UsageError);
    EXPECT_NEAR(loss_of(ones)({noise_, noise_}).item<double>(), 6, 1e-6);
}

}  // namespace
}  // namespace maquette::recon::diffusion
