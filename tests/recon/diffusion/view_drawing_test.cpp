#include "recon/diffusion/view_drawing.h"

#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "recon/diffusion/bound_novel_view.h"
#include "recon/diffusion/epipolar_score.h"
#include "recon/diffusion/picture_edit.h"
#include "recon/diffusion/shape_picture.h"
#include "render/error.h"
#include "tests/recon/diffusion/known_solid.h"

namespace maquette::recon::diffusion {
namespace {

using testing::known_solid;
using testing::photo_of;

/// An untrained network of the smallest width.
class ViewDrawing : public ::testing::Test {
protected:
    ViewDrawing() { options_.generation.grid.steps = 3; }

    NovelViewWeights weights_{NovelViewModel(novel_view_config(32)),
                              initial_parameters(NovelViewModel(novel_view_config(32)).parameter_shapes(), 3),
                              {},
                              true};
    render::VoxelGrid coarse_ = render::resampled(known_solid(), 32);
    View photo_ = photo_of(coarse_, {.azimuth = 20, .elevation = 15});
    std::vector<CropCamera> targets_ = {target_camera(100, 10, coarse_)};
    KnownObject object_{{&photo_, 1}, &coarse_, 0.5F};
    ViewDrawingOptions options_;
};

TEST_F(ViewDrawing, WithoutMoreItIsGenerateViews) {
    const auto drawn = draw_views(weights_, object_, targets_, options_);
    EXPECT_TRUE(drawn.agreement.empty());
    EXPECT_TRUE(at::equal(drawn.pictures, generate_views(weights_, photo_, &coarse_, targets_, options_.generation)));
}

TEST_F(ViewDrawing, OptimisationLowersTheConstraintsOfTheSeedsView) {
    options_.generation.grid.steps = 2;
    options_.generation.sampler.kind = SamplerKind::edict;
    options_.optimisation.iterations = 3;
    options_.optimisation.gradient_scale = 1000;
    options_.optimisation.clip = 0.1;
    std::vector<double> shares;
    const auto drawn = draw_views(weights_, object_, targets_, options_, [&](double share) {
        shares.push_back(share);
        return true;
    });
    ASSERT_EQ(drawn.agreement.size(), 1U);
    EXPECT_LT(drawn.agreement[0].after, drawn.agreement[0].before);
    EXPECT_EQ(shares, (std::vector<double>{0.25, 0.5, 0.75, 1}));
    // Before is what the seed gives by the same sampler.
    options_.optimisation.iterations = 0;
    const auto plain = draw_views(weights_, object_, targets_, options_).pictures;
    EXPECT_NEAR(scores_of(epipolar_score(object_.photos, targets_), plain)[0].item<double>(), drawn.agreement[0].before,
                1e-4);
}

TEST_F(ViewDrawing, LatentsKeepTheirNorm) {
    const at::NoGradGuard no_gradient;
    const BoundNovelView bound(weights_, photo_, &coarse_, targets_);
    const GuidedDenoiser denoiser(bound.denoiser(), {});
    const auto levels = time_grid(NoiseSchedule::cosine(), {.steps = 2});
    const auto edict = make_sampler({.kind = SamplerKind::edict});
    const auto start = edict->begin(gaussian_noise(bound.shape(), 1));
    const auto latent =
        optimise_latent(*edict, denoiser, start, levels, loss_of(true_constraints(object_, targets_, 64, {})),
                        {.iterations = 1, .gradient_scale = 1000, .clip = 0.1});
    EXPECT_FALSE(at::allclose(latent.x, start.x));
    EXPECT_NEAR(latent.x.norm().item<double>(), start.x.norm().item<double>(), 1e-2);
    EXPECT_TRUE(at::equal(latent.x, latent.companion));
}

TEST_F(ViewDrawing, ACallersScoreCountsToo) {
    options_.generation.grid.steps = 1;
    options_.optimisation.iterations = 1;
    options_.constraints = {.epipolar = 0, .cycle = 0};
    EXPECT_THROW(draw_views(weights_, object_, targets_, options_), UsageError);
    options_.own = [](const torch::Tensor& pictures) { return (pictures.select(1, 0) - 1).pow(2).mean({1, 2}); };
    const auto drawn = draw_views(weights_, object_, targets_, options_);
    EXPECT_GT(drawn.agreement.at(0).before, 0);
    EXPECT_FALSE(draw_views(weights_, object_, targets_, options_, [](double) { return false; }).whole);
}

TEST_F(ViewDrawing, RendersShowTheShapeInThePhotosColours) {
    const auto mesh = coloured_shape(coarse_, 0.5F, object_.photos);
    const std::vector<render::Camera> cameras = {*photo_.camera, camera_of(targets_[0], 64)};
    const auto renders = pictures_of_shape(mesh, cameras, 64);
    const auto wanted = picture_tensor(photo_, 64);
    const auto drawn = renders[0][3] > 0;
    const auto there = wanted[3] > 0;
    // The photo is of the soft field, which is half a cell larger on every side than its surface.
    EXPECT_GT((drawn & there).sum().item<double>(), 0.8 * (drawn | there).sum().item<double>());
    const auto both = (renders[0][3] > 0.99).logical_and(wanted[3] > 0.99);
    EXPECT_LT((renders[0] - wanted).abs().amax(0).masked_select(both).mean().item<double>(), 0.03);
    EXPECT_EQ(renders[1][0][0][0].item<float>(), 1);
    EXPECT_EQ(renders[1][3][0][0].item<float>(), -1);
    EXPECT_THROW(coloured_shape(coarse_, 1.5F, object_.photos), UsageError);
}

TEST_F(ViewDrawing, FromARenderTheStrengthSaysHowMuchIsDrawnAgain) {
    // An untrained network says next to nothing.
    for (auto& [name, value] : weights_.parameters) {
        if (name == "conv_out.weight") value = 0.3 * gaussian_noise(value.sizes().vec(), 9);
    }
    options_.generation.grid.steps = 5;
    const std::vector<render::Camera> cameras = {camera_of(targets_[0], 64)};
    const auto render = pictures_of_shape(coloured_shape(coarse_, 0.5F, object_.photos), cameras, 64);
    const at::NoGradGuard no_gradient;
    const BoundNovelView bound(weights_, photo_, &coarse_, targets_);
    const GuidedDenoiser source(bound.denoiser(), {.photo = 0});
    const auto grid = time_grid(NoiseSchedule::cosine(), {.steps = 5});
    EXPECT_TRUE(at::equal(edit_pictures(source, source, render, grid, {.strength = 0}), render));

    // Where the photo is not asked, what is inverted is what is drawn. Else it counts.
    options_.from_render = 0.8;
    options_.generation.guidance.photo = 0;
    const auto same = draw_views(weights_, object_, targets_, options_).pictures;
    EXPECT_LT((same - render).abs().max().item<double>(), 1e-3);
    options_.generation.guidance.photo = 20;
    const auto half = draw_views(weights_, object_, targets_, options_).pictures;
    const GuidedDenoiser target(bound.denoiser(), options_.generation.guidance);
    EXPECT_TRUE(at::allclose(half, edit_pictures(source, target, render, grid, {.strength = 0.8})));
    EXPECT_GT((half - render).abs().max().item<double>(), 10 * (same - render).abs().max().item<double>());

    options_.generation.guidance.photo = 1;
    options_.optimisation.iterations = 1;
    EXPECT_EQ(draw_views(weights_, object_, targets_, options_).agreement.size(), 1U);
    object_.coarse = nullptr;
    EXPECT_THROW(draw_views(weights_, object_, targets_, options_), UsageError);
    options_.from_render = 1.5;
    EXPECT_THROW(draw_views(weights_, object_, targets_, options_), UsageError);
}

}  // namespace
}  // namespace maquette::recon::diffusion
