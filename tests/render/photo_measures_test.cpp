#include "render/photo_measures.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "render/error.h"

namespace maquette::render {
namespace {

constexpr int side = 96;

FloatImage full_mask() {
    return FloatImage(side, side, 1, 1.0F);
}

/// Stripes of two greys, eight pixels each, softened a little as any picture's edges are.
Image stripes() {
    Image image(side, side, 3);
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            for (int c = 0; c < 3; ++c) image.at(x, y, c) = ((x / 8 + y / 8) % 2) != 0 ? 235 : 20;
        }
    }
    return image;
}

/// Each pass spreads every pixel over its neighbours.
Image softened(Image image, int passes) {
    for (int pass = 0; pass < passes; ++pass) {
        const Image before = image;
        for (int y = 0; y < side; ++y) {
            for (int x = 0; x < side; ++x) {
                for (int c = 0; c < 3; ++c) {
                    int sum = 0;
                    for (int k = 0; k < 9; ++k) {
                        sum += before.at(std::clamp(x + k % 3 - 1, 0, side - 1), std::clamp(y + k / 3 - 1, 0, side - 1),
                                         c);
                    }
                    image.at(x, y, c) = static_cast<std::uint8_t>(sum / 9);
                }
            }
        }
    }
    return image;
}

TEST(PhotoMeasures, ExposureIsTheObjectsMeanLuminance) {
    Image image(side, side, 3, 255);
    FloatImage mask(side, side, 1);
    for (int y = 20; y < 60; ++y) {
        for (int x = 20; x < 60; ++x) {
            mask.at(x, y) = 1;
            image.at(x, y, 0) = 51;
            image.at(x, y, 1) = 51;
            image.at(x, y, 2) = 51;
        }
    }
    EXPECT_NEAR(measure_photo(image, mask).exposure, 0.2, 1e-5);
}

TEST(PhotoMeasures, BlurGrowsWithBlur) {
    const double sharp = measure_photo(stripes(), full_mask()).blur;
    const double soft = measure_photo(softened(stripes(), 2), full_mask()).blur;
    const double very_soft = measure_photo(softened(stripes(), 6), full_mask()).blur;
    EXPECT_LT(sharp, soft);
    EXPECT_LT(soft, very_soft);
    EXPECT_GE(sharp, 0);
    EXPECT_LE(very_soft, 1);
}

TEST(PhotoMeasures, NoiseIsItsStandardDeviation) {
    for (const double spread : {0.02, 0.08}) {
        std::mt19937 random(7);
        std::normal_distribution<double> draw(0, spread);
        Image image(side, side, 3);
        for (int y = 0; y < side; ++y) {
            for (int x = 0; x < side; ++x) {
                // A slope, which is no noise.
                const double grey = 0.3 + 0.4 * x / side + draw(random);
                for (int c = 0; c < 3; ++c) image.at(x, y, c) = static_cast<std::uint8_t>(std::lround(255 * grey));
            }
        }
        EXPECT_NEAR(measure_photo(image, full_mask()).noise, spread, 0.1 * spread);
    }
}

TEST(PhotoMeasures, WhatSurroundsTheObjectDoesNotCount) {
    FloatImage mask(side, side, 1);
    for (int y = 16; y < 80; ++y) {
        for (int x = 16; x < 80; ++x) mask.at(x, y) = 1;
    }
    Image plain = stripes();
    Image cluttered = stripes();
    std::mt19937 random(3);
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            if (mask.at(x, y) > 0) continue;
            for (int c = 0; c < 3; ++c) {
                plain.at(x, y, c) = 255;
                cluttered.at(x, y, c) = static_cast<std::uint8_t>(random() % 256);
            }
        }
    }
    const auto a = measure_photo(plain, mask);
    const auto b = measure_photo(cluttered, mask);
    EXPECT_EQ(a.exposure, b.exposure);
    EXPECT_EQ(a.blur, b.blur);
    EXPECT_EQ(a.noise, b.noise);
}

TEST(PhotoMeasures, NothingToMeasureIsNothing) {
    const auto nothing = measure_photo(stripes(), FloatImage(side, side, 1));
    EXPECT_EQ(nothing.exposure, 0);
    EXPECT_EQ(nothing.blur, 0);
    EXPECT_EQ(nothing.noise, 0);
    EXPECT_THROW(measure_photo(stripes(), FloatImage(side - 1, side, 1)), UsageError);
}

}  // namespace
}  // namespace maquette::render
