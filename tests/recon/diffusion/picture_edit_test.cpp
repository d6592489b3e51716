#include "recon/diffusion/picture_edit.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "recon/diffusion/time_grid.h"
#include "render/error.h"
#include "tests/recon/diffusion/closed_form_denoisers.h"

namespace maquette::recon::diffusion {
namespace {

using testing::GaussianDenoiser;

class PictureEdit : public ::testing::Test {
protected:
    PictureEditOptions with(SamplerKind kind, double strength) {
        PictureEditOptions options;
        options.sampler.kind = kind;
        options.strength = strength;
        return options;
    }
    static double largest(const torch::Tensor& x) { return x.abs().max().item<double>(); }

    std::vector<NoiseLevel> grid_ = time_grid(NoiseSchedule::cosine(), {.steps = 20});
    torch::Tensor pictures_ = 0.2 * gaussian_noise({2, 50}, 1, 0, torch::kFloat64) - 0.5;
    GaussianDenoiser source_{Parameterization::velocity, -0.5, 0.2};
    GaussianDenoiser target_{Parameterization::velocity, 0.5, 0.2};
};

TEST_F(PictureEdit, WithoutAChangeThePictureComesBack) {
    for (const double strength : {0.3, 0.6, 1.0}) {
        for (const auto kind : {SamplerKind::edict, SamplerKind::bdia, SamplerKind::o_belm}) {
            const auto same = edit_pictures(source_, source_, pictures_, grid_, with(kind, strength));
            EXPECT_LT(largest(same - pictures_), 1e-8) << strength;
        }
    }
}

// What was above the mean stays above it: the layout is kept, the appearance is the target's.
TEST_F(PictureEdit, MovesToTheTargetAndKeepsThePlace) {
    const auto edited = edit_pictures(source_, target_, pictures_, grid_, with(SamplerKind::edict, 1));
    EXPECT_NEAR(edited.mean().item<double>(), 0.5 + (pictures_.mean().item<double>() + 0.5), 0.1);
    const auto before = pictures_ - pictures_.mean();
    const auto after = edited - edited.mean();
    EXPECT_GT(((before * after).sum() / (before.norm() * after.norm())).item<double>(), 0.95);
    const auto redrawn = noise_and_redraw(target_, pictures_, grid_, 1, 7);
    EXPECT_NEAR(redrawn.mean().item<double>(), 0.5, 0.15);
    const auto fresh = redrawn - redrawn.mean();
    EXPECT_LT(std::abs(((before * fresh).sum() / (before.norm() * fresh.norm())).item<double>()), 0.4);
}

TEST_F(PictureEdit, StrengthSaysHowFar) {
    double last = -1;
    for (const double strength : {0.0, 0.2, 0.5, 1.0}) {
        const double moved = largest(
            (edit_pictures(source_, target_, pictures_, grid_, with(SamplerKind::edict, strength)) - pictures_).mean());
        EXPECT_GT(moved, last) << strength;
        last = moved;
    }
    EXPECT_TRUE(at::equal(edit_pictures(source_, target_, pictures_, grid_, with(SamplerKind::edict, 0)), pictures_));
    EXPECT_TRUE(at::equal(noise_and_redraw(target_, pictures_, grid_, 0, 1), pictures_));
    EXPECT_THROW(edit_pictures(source_, target_, pictures_, grid_, with(SamplerKind::edict, 1.5)), UsageError);
    EXPECT_THROW(edit_pictures(source_, target_, pictures_, grid_, with(SamplerKind::ddpm, 1)), UsageError);
}

}  // namespace
}  // namespace maquette::recon::diffusion
