#include "priors/thumbnail.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "render/error.h"

namespace maquette::priors {
namespace {

struct Picture {
    render::Image colours;
    render::FloatImage mask;
};

/// A rectangle with a left-to-right ramp of grey.
Picture ramp(int width, int height, int left, int top, int right, int bottom, float gain, float offset) {
    Picture picture{render::Image(width, height, 3, 255), render::FloatImage(width, height, 1)};
    for (int y = top; y < bottom; ++y) {
        for (int x = left; x < right; ++x) {
            picture.mask.at(x, y) = 1;
            const float along = static_cast<float>(x - left) / static_cast<float>(right - left);
            for (int c = 0; c < 3; ++c) {
                picture.colours.at(x, y, c) = static_cast<std::uint8_t>(offset + gain * along);
            }
        }
    }
    return picture;
}

Thumbnail thumbnail(const Picture& picture) {
    return make_thumbnail(picture.colours, picture.mask);
}

TEST(ThumbnailDistance, PositionSizeAndBrightnessDoNotMatter) {
    const Thumbnail here = thumbnail(ramp(200, 150, 20, 30, 100, 70, 150, 50));
    const Thumbnail there = thumbnail(ramp(300, 300, 100, 120, 260, 200, 75, 20));
    EXPECT_LT(thumbnail_distance(here, there), 0.03F);
    EXPECT_FLOAT_EQ(thumbnail_distance(here, here), 0.0F);
}

TEST(ThumbnailDistance, ContraryShadesCostHalf) {
    const Thumbnail rising = thumbnail(ramp(128, 128, 16, 32, 112, 96, 150, 50));
    const Thumbnail falling = thumbnail(ramp(128, 128, 16, 32, 112, 96, -150, 200));
    EXPECT_NEAR(thumbnail_distance(rising, falling), 0.5F, 0.01F);
    EXPECT_FLOAT_EQ(thumbnail_distance(rising, falling), thumbnail_distance(falling, rising));
}

TEST(ThumbnailDistance, OutlinesAreCompared) {
    const Thumbnail wide = thumbnail(ramp(128, 128, 16, 48, 112, 80, 0, 100));
    const Thumbnail square = thumbnail(ramp(128, 128, 16, 16, 112, 112, 0, 100));
    // A third of the square is shared; plain greys tell nothing (correlation 0 costs a quarter).
    EXPECT_NEAR(thumbnail_distance(wide, square), 0.5F * (2.0F / 3.0F) + 0.25F, 0.03F);
}

TEST(ThumbnailDistance, BackgroundDoesNotCount) {
    Picture bright = ramp(128, 128, 16, 32, 112, 96, 150, 50);
    Picture dark = bright;
    for (std::size_t i = 0; i < dark.mask.pixels.size(); ++i) {
        if (dark.mask.pixels[i] == 0) {
            std::fill_n(dark.colours.pixels.begin() + static_cast<std::ptrdiff_t>(3 * i), 3, std::uint8_t{0});
        }
    }
    EXPECT_EQ(thumbnail(bright).grey, thumbnail(dark).grey);
}

TEST(ThumbnailDistance, BadMasksAreRefused) {
    const render::Image colours(10, 10, 3);
    EXPECT_THROW(make_thumbnail(colours, render::FloatImage(9, 10, 1, 1.0F)), InputError);
    EXPECT_THROW(make_thumbnail(colours, render::FloatImage(10, 10, 1)), InputError);
}

}  // namespace
}  // namespace maquette::priors
