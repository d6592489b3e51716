#include "recon/diffusion/picture_figures.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cmath>

#include "recon/diffusion/denoiser.h"
#include "render/error.h"

namespace maquette::recon::diffusion {
namespace {

torch::Tensor pictures(std::uint64_t seed) {
    return gaussian_noise({2, 4, 32, 32}, seed).clamp(-1, 1);
}

TEST(PictureFigures, TheSamePictureScoresHighest) {
    const auto a = pictures(1);
    for (const double value : psnr(a, a)) EXPECT_DOUBLE_EQ(value, 100);
    for (const double value : structural_similarity(a, a)) EXPECT_NEAR(value, 1, 1e-9);
    for (const double value : mask_overlap(a, a)) EXPECT_DOUBLE_EQ(value, 1);
}

TEST(PictureFigures, PsnrIsOfTheMeanSquareWithinZeroAndOne) {
    const auto truth = at::zeros({2, 4, 8, 8});
    auto made = truth.clone();
    made[0].narrow(0, 0, 3).fill_(0.2);  // 0.1 of the range
    made[1].narrow(0, 0, 1).fill_(0.2);
    made.select(1, 3).fill_(1);  // the mask does not count
    const auto values = psnr(made, truth);
    EXPECT_NEAR(values[0], 20, 1e-4);
    EXPECT_NEAR(values[1], 20 + 10 * std::log10(3), 1e-4);
}

TEST(PictureFigures, StructuralSimilarityOfFlatPicturesIsThatOfTheirLuminance) {
    auto a = at::zeros({1, 4, 16, 16});
    auto b = at::ones({1, 4, 16, 16});
    // Greys of 0.5 and 1.
    const double expected = (2 * 0.5 * 1 + 1e-4) / (0.25 + 1 + 1e-4);
    EXPECT_NEAR(structural_similarity(a, b)[0], expected, 1e-6);
}

TEST(PictureFigures, NoiseLowersSimilarityAndMoreNoiseMore) {
    const auto truth = pictures(3);
    const auto noise = pictures(4);
    const double little = mean_of(structural_similarity(truth + 0.1 * noise, truth));
    const double much = mean_of(structural_similarity(truth + 0.5 * noise, truth));
    EXPECT_LT(little, 1);
    EXPECT_LT(much, little);
}

TEST(PictureFigures, MasksAreCutInTheMiddle) {
    auto a = at::full({3, 4, 8, 8}, -1.0);
    auto b = a.clone();
    a[0][3].narrow(0, 0, 4).fill_(0.3);
    b[0][3].narrow(0, 0, 8).fill_(1);
    b[1][3].narrow(0, 0, 1).fill_(1);
    const auto values = mask_overlap(a, b);
    EXPECT_DOUBLE_EQ(values[0], 0.5);
    EXPECT_DOUBLE_EQ(values[1], 0);
    EXPECT_DOUBLE_EQ(values[2], 1);
}

TEST(PictureFigures, SaysWhatCannotBeCompared) {
    EXPECT_THROW((void)psnr(pictures(1), at::zeros({2, 4, 16, 16})), UsageError);
    EXPECT_THROW((void)mask_overlap(at::zeros({2, 3, 8, 8}), at::zeros({2, 3, 8, 8})), UsageError);
    EXPECT_THROW((void)structural_similarity(at::zeros({1, 4, 8, 8}), at::zeros({1, 4, 8, 8})), UsageError);
    EXPECT_THROW((void)mean_of({}), UsageError);
}

}  // namespace
}  // namespace maquette::recon::diffusion
