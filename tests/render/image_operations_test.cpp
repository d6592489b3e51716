#include "render/image_operations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <string>

#include "render/error.h"

namespace maquette::render {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

FloatImage ramp(int width, int height) {
    FloatImage image(width, height, 1);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            image.at(x, y) = static_cast<float>(x) + 0.5F + 10 * (static_cast<float>(y) + 0.5F);
        }
    }
    return image;
}

float mean_of(const FloatImage& image) {
    return std::accumulate(image.pixels.begin(), image.pixels.end(), 0.0F) / static_cast<float>(image.pixels.size());
}

/// A filled disc of `colour` on `background`.
Image disc(int size, double centre_x, double centre_y, double radius, std::uint8_t colour, std::uint8_t background) {
    Image image(size, size, 3, background);
    for (int y = 0; y < size; ++y) {
        for (int x = 0; x < size; ++x) {
            if (std::hypot(x + 0.5 - centre_x, y + 0.5 - centre_y) < radius) {
                image.at(x, y, 0) = image.at(x, y, 1) = image.at(x, y, 2) = colour;
            }
        }
    }
    return image;
}

TEST(Resize, AveragesTheAreaWhenShrinking) {
    Image image(4, 2, 1);
    image.pixels = {0, 10, 100, 120, 20, 30, 140, 160};
    EXPECT_THAT(resize(image, 2, 1).pixels, ElementsAre(15, 130));

    FloatImage thirds(3, 1, 1);
    thirds.pixels = {0, 3, 9};
    const FloatImage two = resize(thirds, 2, 1);
    EXPECT_NEAR(two.at(0, 0), (0 + 3 * 0.5) / 1.5, 1e-5);
    EXPECT_NEAR(two.at(1, 0), (3 * 0.5 + 9) / 1.5, 1e-5);
}

TEST(Resize, IsLinearBetweenCentresWhenEnlarging) {
    FloatImage image(2, 1, 1);
    image.pixels = {0, 1};
    const FloatImage four = resize(image, 4, 1);
    ASSERT_EQ(four.pixels.size(), 4);
    for (const auto& [x, expected] : {std::pair{0, 0.0F}, {1, 0.25F}, {2, 0.75F}, {3, 1.0F}}) {
        EXPECT_NEAR(four.at(x, 0), expected, 1e-6);
    }
}

TEST(Resize, KeepsARampAndAMeanInPlace) {
    const FloatImage source = ramp(40, 30);
    const FloatImage small = resize(source, 10, 60);
    EXPECT_EQ(small.width, 10);
    EXPECT_EQ(small.height, 60);
    EXPECT_NEAR(mean_of(small), mean_of(source), 1e-2);
    for (int y = 1; y < 59; ++y) {
        for (int x = 0; x < 10; ++x) {
            ASSERT_NEAR(small.at(x, y), (x + 0.5) * 4 + 10 * (y + 0.5) / 2, 1e-3);
        }
    }
}

TEST(Resize, ConstantStaysConstantAtOddSizes) {
    for (const int size : {1, 2, 3, 7, 13, 64, 101}) {
        EXPECT_THAT(resize(Image(17, 23, 3, 77), size, 2 * size).pixels, Each(77)) << size;
    }
}

TEST(Resize, SameSizeIsTheSamePixels) {
    Image image(2, 1, 4);
    image.pixels = {9, 8, 7, 0, 1, 2, 3, 255};
    EXPECT_EQ(resize(image, 2, 1).pixels, image.pixels);
}

TEST(Resize, TransparentPixelsLendNoColour) {
    Image image(2, 1, 4);
    image.pixels = {200, 100, 50, 255, 0, 255, 0, 0};
    EXPECT_THAT(resize(image, 1, 1).pixels, ElementsAre(200, 100, 50, 128));
}

TEST(Resize, RefusesSizesBelowOne) {
    EXPECT_THROW(resize(Image(2, 2, 3), 0, 5), UsageError);
    EXPECT_THROW(resize(FloatImage(2, 2, 1), 5, -1), UsageError);
    EXPECT_THROW(resize(Image(), 5, 5), InputError);
}

TEST(Eroded, IsTheLeastOfTheSquareAround) {
    FloatImage image(9, 7, 1, 1);
    image.at(4, 3) = 0.25F;
    const FloatImage inner = eroded(image, 2);
    for (int y = 0; y < 7; ++y) {
        for (int x = 0; x < 9; ++x) {
            const bool near = std::abs(x - 4) <= 2 && std::abs(y - 3) <= 2;
            EXPECT_EQ(inner.at(x, y), near ? 0.25F : 1.0F) << x << ", " << y;
        }
    }
    EXPECT_EQ(eroded(image, 0).pixels, image.pixels);
}

TEST(CompositeOver, EveryChannelCount) {
    Image rgba(2, 1, 4);
    rgba.pixels = {10, 20, 30, 255, 200, 100, 0, 51};
    EXPECT_THAT(composite_over(rgba, 100, 200, 250).pixels, ElementsAre(10, 20, 30, 120, 180, 200));
    Image grey(1, 1, 1, 42);
    EXPECT_THAT(composite_over(grey, 1, 2, 3).pixels, ElementsAre(42, 42, 42));
    Image grey_alpha(1, 1, 2);
    grey_alpha.pixels = {42, 0};
    EXPECT_THAT(composite_over(grey_alpha, 1, 2, 3).pixels, ElementsAre(1, 2, 3));
    const Image rgb(3, 2, 3, 9);
    EXPECT_EQ(composite_over(rgb, 1, 2, 3).pixels, rgb.pixels);
    EXPECT_THROW(composite_over(Image(1, 1, 5), 1, 2, 3), InputError);
}

TEST(ForegroundMask, IsTheAlphaChannel) {
    Image image(3, 1, 4, 200);
    image.at(0, 0, 3) = 0;
    image.at(1, 0, 3) = 51;
    image.at(2, 0, 3) = 255;
    const FloatImage mask = foreground_mask(image);
    EXPECT_EQ(mask.channels, 1);
    EXPECT_THAT(mask.pixels, ElementsAre(0.0F, testing::FloatNear(0.2F, 1e-6F), 1.0F));
}

TEST(ForegroundMask, FindsADiscOnAPlainBackground) {
    constexpr double radius = 20;
    for (const auto& [colour, background] : {std::pair{30, 255}, {255, 0}, {110, 140}}) {
        const FloatImage mask = foreground_mask(
            disc(80, 35, 45, radius, static_cast<std::uint8_t>(colour), static_cast<std::uint8_t>(background)));
        const double area = mean_of(mask) * 80 * 80;
        EXPECT_NEAR(area, M_PI * radius * radius, 30) << colour;
        EXPECT_EQ(mask.at(35, 45), 1);
        EXPECT_EQ(mask.at(70, 10), 0);
    }
}

TEST(ForegroundMask, OpaqueAlphaFallsBackToColour) {
    const Image rgb = disc(40, 20, 20, 10, 10, 240);
    Image rgba(40, 40, 4, 255);
    for (int y = 0; y < 40; ++y) {
        for (int x = 0; x < 40; ++x) {
            for (int channel = 0; channel < 3; ++channel) {
                rgba.at(x, y, channel) = rgb.at(x, y, channel);
            }
        }
    }
    EXPECT_EQ(foreground_mask(rgba).pixels, foreground_mask(rgb).pixels);
}

TEST(ForegroundMask, NoiseAndSpecksAreBackgroundAndHolesStay) {
    Image image = disc(100, 50, 50, 30, 40, 200);
    const Image hole = disc(100, 50, 50, 10, 255, 0);
    std::mt19937 random(7);
    std::uniform_int_distribution<int> noise(-6, 6);
    for (int y = 0; y < 100; ++y) {
        for (int x = 0; x < 100; ++x) {
            for (int channel = 0; channel < 3; ++channel) {
                const int value = hole.at(x, y) == 255 ? 200 : image.at(x, y, channel);
                image.at(x, y, channel) = static_cast<std::uint8_t>(value + noise(random));
            }
        }
    }
    image.at(10, 10, 0) = image.at(11, 10, 0) = 0;
    const FloatImage mask = foreground_mask(image);
    EXPECT_EQ(mask.at(10, 10), 0);
    EXPECT_EQ(mask.at(50, 50), 0);
    EXPECT_EQ(mask.at(50, 30), 1);
    EXPECT_NEAR(mean_of(mask) * 100 * 100, M_PI * (900 - 100), 60);
    for (int i = 0; i < 100; ++i) {
        ASSERT_EQ(mask.at(i, 0), 0);
        ASSERT_EQ(mask.at(0, i), 0);
    }
}

TEST(ForegroundMask, KeepsSeveralLargeParts) {
    Image image = disc(100, 30, 30, 15, 0, 255);
    const Image second = disc(100, 75, 75, 12, 0, 255);
    for (std::size_t i = 0; i < image.pixels.size(); ++i) {
        image.pixels[i] = std::min(image.pixels[i], second.pixels[i]);
    }
    const FloatImage mask = foreground_mask(image);
    EXPECT_EQ(mask.at(30, 30), 1);
    EXPECT_EQ(mask.at(75, 75), 1);
}

TEST(ForegroundMask, ObjectThatTouchesTheBorder) {
    const FloatImage mask = foreground_mask(disc(60, 30, 55, 20, 20, 250));
    EXPECT_EQ(mask.at(30, 59), 1);
    EXPECT_EQ(mask.at(2, 59), 0);
}

TEST(ForegroundMask, NothingInThePicture) {
    const auto message = [](const Image& image) {
        try {
            foreground_mask(image);
        } catch (const InputError& error) {
            return std::string(error.what());
        }
        return std::string("no InputError");
    };
    EXPECT_THAT(message(Image(8, 8, 4, 0)), HasSubstr("fully transparent"));
    EXPECT_THAT(message(Image(8, 8, 3, 200)), HasSubstr("nothing stands out"));
    EXPECT_THAT(message(Image(1, 1, 1, 200)), HasSubstr("nothing stands out"));
    EXPECT_THAT(message(Image()), HasSubstr("0x0"));
}

TEST(SquareCrop, FillsTheShareAroundTheBox) {
    FloatImage mask(100, 60, 1);
    for (int y = 10; y < 20; ++y) {
        for (int x = 30; x < 70; ++x) {
            mask.at(x, y) = 1;
        }
    }
    const SquareCrop crop = square_crop_around(mask, 0.8);
    EXPECT_DOUBLE_EQ(crop.side, 50);
    EXPECT_DOUBLE_EQ(crop.left, 25);
    EXPECT_DOUBLE_EQ(crop.top, -10);
    EXPECT_DOUBLE_EQ(square_crop_around(mask, 1).side, 40);
    EXPECT_THROW(square_crop_around(mask, 0), UsageError);
    EXPECT_THROW(square_crop_around(mask, 1.01), UsageError);
    EXPECT_THROW(square_crop_around(mask, std::nan("")), UsageError);
    EXPECT_THROW(square_crop_around(FloatImage(4, 4, 1), 0.8), InputError);
}

TEST(ApplyCrop, WholePixelsAreCopiedAndTheOutsideIsFilled) {
    const FloatImage source = ramp(6, 6);
    const FloatImage crop = apply_crop(source, {.left = 4, .top = -1, .side = 3}, 3, -5.0F);
    EXPECT_THAT(crop.pixels, ElementsAre(-5, -5, -5, 9.5F, 10.5F, -5, 19.5F, 20.5F, -5));
}

TEST(ApplyCrop, FractionsBlend) {
    FloatImage source(2, 1, 1);
    source.pixels = {10, 20};
    const FloatImage shifted = apply_crop(source, {.left = 0.5, .top = 0, .side = 1}, 1, 0.0F);
    EXPECT_NEAR(shifted.at(0, 0), 15, 1e-5);
    const FloatImage halved = apply_crop(source, {.left = 0, .top = 0, .side = 2}, 1, 1.0F);
    EXPECT_NEAR(halved.at(0, 0), (10 + 20 + 2 * 1) / 4.0, 1e-5);
}

TEST(ApplyCrop, EnlargesAroundTheSamePlace) {
    const FloatImage large = apply_crop(ramp(20, 20), {.left = 5, .top = 5, .side = 4}, 16, 0.0F);
    for (int y = 0; y < 16; ++y) {
        for (int x = 0; x < 16; ++x) {
            ASSERT_NEAR(large.at(x, y), 5 + (x + 0.5) / 4 + 10 * (5 + (y + 0.5) / 4), 1e-3);
        }
    }
}

TEST(ApplyCrop, BytesAndFarOutside) {
    const Image source(4, 4, 3, 90);
    EXPECT_THAT(apply_crop(source, {.left = -4, .top = -4, .side = 12}, 3, 255).pixels,
                ElementsAre(255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 90, 90, 90, 255, 255, 255, 255,
                            255, 255, 255, 255, 255, 255, 255, 255));
    EXPECT_THAT(apply_crop(source, {.left = 1e12, .top = -1e12, .side = 5}, 4, 7).pixels, Each(7));
    EXPECT_THAT(apply_crop(Image(4, 4, 4, 90), {.left = 50, .top = 0, .side = 5}, 2, 0).pixels, Each(0));
    EXPECT_THROW(apply_crop(source, {.side = 0}, 4, 0), UsageError);
    EXPECT_THROW(apply_crop(source, {.side = std::numeric_limits<double>::infinity()}, 4, 0), UsageError);
    EXPECT_THROW(apply_crop(source, {}, 0, 0), UsageError);
}

}  // namespace
}  // namespace maquette::render
