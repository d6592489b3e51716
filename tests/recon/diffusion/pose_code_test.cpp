#include "recon/diffusion/pose_code.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace maquette::recon::diffusion {
namespace {

TEST(PoseCode, HoldsTheTurnFromPhotoToTarget) {
    const CropCamera photo{.azimuth = 170, .elevation = 10};
    const CropCamera target{.azimuth = -160, .elevation = 45};
    const auto code = pose_code(photo, target);
    EXPECT_NEAR(code[0], std::sin(std::numbers::pi / 6), 1e-6);
    EXPECT_NEAR(code[1], std::cos(std::numbers::pi / 6), 1e-6);
    EXPECT_NEAR(code[2], std::sin(std::numbers::pi / 3), 1e-6);
    EXPECT_NEAR(code[3], std::cos(std::numbers::pi / 3), 1e-6);
    EXPECT_NEAR(code[4], std::numbers::pi / 18, 1e-6);
    EXPECT_NEAR(code[photo_pose_width], std::numbers::pi / 4, 1e-6);
}

// Turning both does not change it: the photo's own azimuth is often misjudged.
TEST(PoseCode, DoesNotDependOnWhereTheFrontIs) {
    CropCamera photo{.azimuth = 20, .roll = 5, .distance = 3};
    CropCamera target{.azimuth = 80, .scale = 0.6};
    const auto code = pose_code(photo, target);
    photo.azimuth += 100;
    target.azimuth += 100;
    const auto turned = pose_code(photo, target);
    for (std::size_t i = 0; i < code.size(); ++i) EXPECT_NEAR(code[i], turned[i], 1e-6);
}

TEST(PoseCode, EveryNumberSaysSomething) {
    const CropCamera usual;
    const auto base = pose_code(usual, usual);
    const CropCamera changed{
        .azimuth = 40, .elevation = 10, .roll = 3, .distance = 3, .scale = 0.7, .centre_x = 0.55, .centre_y = 0.45};
    const auto photo = pose_code(changed, usual);
    const auto target = pose_code(usual, changed);
    for (int i = 0; i < pose_code_width; ++i) {
        const auto k = static_cast<std::size_t>(i);
        EXPECT_EQ(photo[k] != base[k], i < photo_pose_width) << i;
        EXPECT_EQ(target[k] != base[k], i < 4 || i >= photo_pose_width) << i;
    }
    const auto hidden = pose_code_without_photo(changed);
    for (std::size_t i = 0; i < hidden.size(); ++i) EXPECT_EQ(hidden[i], i < photo_pose_width ? 0 : target[i]) << i;
}

}  // namespace
}  // namespace maquette::recon::diffusion
