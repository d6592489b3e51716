#include "recon/train/camera_noise.h"

#include <gtest/gtest.h>

#include <cmath>

namespace maquette::recon {
namespace {

TEST(CameraNoise, HasTheSpreadAskedFor) {
    const CropCamera truth{.azimuth = 30, .elevation = 10, .distance = 2.4};
    RandomStream random(6, 0);
    double azimuth = 0;
    double scale = 0;
    constexpr int count = 2000;
    for (int i = 0; i < count; ++i) {
        const auto noisy = disturbed(truth, {.degrees = 8, .scale = 0.1}, random);
        azimuth += std::pow(noisy.azimuth - truth.azimuth, 2) / count;
        scale += std::pow(std::log(noisy.scale / truth.scale), 2) / count;
        EXPECT_EQ(noisy.centre_x, truth.centre_x);
    }
    EXPECT_NEAR(std::sqrt(azimuth), 8, 0.6);
    EXPECT_NEAR(std::sqrt(scale), 0.1, 0.008);
}

}  // namespace
}  // namespace maquette::recon
