#include "recon/diffusion/epipolar_score.h"

#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "render/error.h"
#include "tests/recon/diffusion/known_solid.h"

namespace maquette::recon::diffusion {
namespace {

using testing::known_solid;
using testing::photo_of;
using testing::true_pictures;

class EpipolarScores : public ::testing::Test {
protected:
    [[nodiscard]] static torch::Tensor with_mask(const torch::Tensor& pictures, const torch::Tensor& mask) {
        auto changed = pictures.clone();
        changed.select(1, 3).copy_(mask);
        return changed;
    }
    [[nodiscard]] double score(const PictureScore& of, const torch::Tensor& pictures, std::int64_t row) const {
        return scores_of(of, pictures)[row].item<double>();
    }

    render::VoxelGrid solid_ = known_solid();
    View front_ = photo_of(solid_, {.azimuth = 20, .elevation = 15});
    View side_ = photo_of(solid_, {.azimuth = 110, .elevation = 5});
    std::vector<CropCamera> targets_ = {{.azimuth = 80, .elevation = 20},
                                        {.azimuth = 200, .elevation = 0, .distance = 3},
                                        {.azimuth = -60, .elevation = 40, .roll = 20}};
    torch::Tensor truth_ = true_pictures(solid_, targets_, 64);
};

TEST_F(EpipolarScores, TrueViewsBreakNothing) {
    for (const auto& photos : {std::vector<View>{front_}, std::vector<View>{front_, side_}}) {
        const auto scores = scores_of(epipolar_score(photos, targets_), truth_);
        EXPECT_LT(scores.max().item<double>(), 0.01) << scores;
        EXPECT_GE(scores.min().item<double>(), 0);
    }
}

TEST_F(EpipolarScores, WrongViewsDo) {
    const std::vector<View> photos = {front_};
    const auto of = epipolar_score(photos, targets_);
    // Nothing is drawn: all of the photo is missing. Everything is: only the epipolar lines of the mask are right.
    EXPECT_NEAR(score(of, with_mask(truth_, at::full({3, 64, 64}, -1.0)), 0), 1, 1e-4);
    EXPECT_GT(score(of, with_mask(truth_, at::full({3, 64, 64}, 1.0)), 0), 0.5);
    // The right outline upside down, and at a quarter of its size.
    EXPECT_GT(score(of, truth_.flip({2}), 0), 0.1);
    auto small = at::full({3, 64, 64}, -1.0);
    small.narrow(1, 24, 16).narrow(2, 24, 16).copy_(truth_.select(1, 3).slice(1, 0, 64, 4).slice(2, 0, 64, 4));
    EXPECT_GT(score(of, with_mask(truth_, small), 0), 0.2);
    // Views in another order belong to other cameras.
    EXPECT_GT(scores_of(of, truth_.roll(1, 0)).min().item<double>(), 0.02);
}

TEST_F(EpipolarScores, EveryPhotoMoreTellsMore) {
    const std::vector<View> one = {front_};
    const std::vector<View> two = {front_, side_};
    const auto everything = with_mask(truth_, at::full({3, 64, 64}, 1.0));
    const EpipolarOptions excess_alone{.missing = 0};
    // The visual hull of two photos rules out more than either alone.
    EXPECT_GT(score(epipolar_score(two, targets_, excess_alone), everything, 1),
              1.1 * score(epipolar_score(one, targets_, excess_alone), everything, 1));
    EXPECT_EQ(score(epipolar_score(one, targets_, excess_alone), with_mask(truth_, at::full({3, 64, 64}, -1.0)), 0), 0);
}

TEST_F(EpipolarScores, FromThePhotosOwnCameraPixelsAreCompared) {
    const std::vector<View> photos = {front_};
    const std::vector<CropCamera> same = {crop_camera_of(*front_.camera)};
    const auto of = epipolar_score(photos, same, {.tolerance = 0});
    const auto right = true_pictures(solid_, same, 64);
    EXPECT_LT(score(of, right, 0), 0.1);
    // 2 x 2 pixels far from the object, of a mask of some hundred.
    auto extra = right.clone();
    extra[0][3].narrow(0, 1, 2).narrow(1, 1, 2).fill_(1);
    const double area = (right[0][3] >= 0).sum().item<double>();
    EXPECT_NEAR(score(of, extra, 0) - score(of, right, 0), 4 / area, 1e-3);
}

TEST_F(EpipolarScores, GradientsAreThoseOfFiniteDifferences) {
    const std::vector<View> photos = {front_, side_};
    const auto of = epipolar_score(photos, targets_);
    // Of unlike pixels: where two share a maximum, the score has a corner.
    const auto base = 0.3 * gaussian_noise(truth_.sizes().vec(), 8);
    const auto pictures = base.clone().requires_grad_(true);
    of(pictures).sum().backward();
    const auto gradient = pictures.grad();
    const double length = gradient.norm().item<double>();
    ASSERT_GT(length, 0);
    EXPECT_EQ(gradient.narrow(1, 0, 3).abs().max().item<double>(), 0);
    const double way = 0.003;
    const auto moved = [&](double by) { return scores_of(of, base + gradient * (by / length)).sum().item<double>(); };
    EXPECT_NEAR((moved(way) - moved(-way)) / (2 * way) / length, 1, 0.02);
    // Each row by itself.
    const auto alone = base.clone().requires_grad_(true);
    of(alone)[1].backward();
    EXPECT_EQ(alone.grad()[0].abs().max().item<double>(), 0);
    EXPECT_TRUE(at::allclose(alone.grad()[1], gradient[1]));
}

TEST_F(EpipolarScores, SaysWhatIsMissing) {
    std::vector<View> photos = {front_};
    EXPECT_THROW(epipolar_score(photos, {}), UsageError);
    EXPECT_THROW(epipolar_score(photos, targets_, {.samples = 1}), UsageError);
    EXPECT_THROW((void)epipolar_score(photos, targets_)(truth_.narrow(0, 0, 2)), UsageError);
    photos[0].camera.reset();
    EXPECT_THROW(epipolar_score(photos, targets_), UsageError);
    EXPECT_THROW(epipolar_score({}, targets_), UsageError);
}

}  // namespace
}  // namespace maquette::recon::diffusion
