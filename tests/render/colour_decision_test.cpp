#include "render/colour_decision.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>

namespace maquette::render {
namespace {

constexpr int side = 80;

/// Grainy blue with a grainy yellow square of 40 pixels in it.
Image picture() {
    std::mt19937 random(3);
    std::uniform_int_distribution<int> grain(0, 30);
    Image image(side, side, 3);
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            const bool inside = x >= 20 && x < 60 && y >= 20 && y < 60;
            for (int c = 0; c < 3; ++c) {
                const int colour = inside == (c < 2) ? 200 : 40;
                image.at(x, y, c) = static_cast<std::uint8_t>(colour + grain(random));
            }
        }
    }
    return image;
}

/// Sure within `inner` pixels of the middle, sure beyond `outer`, undecided between.
FloatImage unsure(int inner, int outer, float between) {
    FloatImage probability(side, side, 1);
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            const int away = std::max(std::abs(x - side / 2), std::abs(y - side / 2));
            probability.at(x, y) = away < inner ? 1.0F : away < outer ? between : 0.0F;
        }
    }
    return probability;
}

int wrong(const FloatImage& decided) {
    int count = 0;
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            const bool inside = x >= 20 && x < 60 && y >= 20 && y < 60;
            count += (decided.at(x, y) > 0.5F) != inside;
        }
    }
    return count;
}

TEST(ColourDecision, ColoursDecideWhatIsOpen) {
    for (const float between : {0.4F, 0.6F}) {
        const FloatImage decided = decide_by_colours(picture(), unsure(14, 26, between));
        EXPECT_LT(wrong(decided), 20) << between;
        EXPECT_EQ(decided.pixels, decide_by_colours(picture(), unsure(14, 26, between)).pixels);
    }
}

TEST(ColourDecision, ColoursThatTakeMostOfTheObjectTellNothing) {
    const FloatImage wide = unsure(14, 30, 0.6F);
    const FloatImage decided = decide_by_colours(picture(), wide);
    for (std::size_t i = 0; i < decided.pixels.size(); ++i) {
        ASSERT_EQ(decided.pixels[i], wide.pixels[i] >= 0.5F ? 1.0F : 0.0F);
    }
}

TEST(ColourDecision, WhatIsSureStays) {
    const FloatImage sure = unsure(14, 14, 0);
    EXPECT_EQ(decide_by_colours(picture(), sure).pixels, sure.pixels);
}

TEST(ColourDecision, NothingIsToldFromAFewPixels) {
    const FloatImage few = unsure(2, 2, 0);
    EXPECT_EQ(decide_by_colours(picture(), few).pixels, few.pixels);
    const FloatImage none = unsure(0, 0, 0);
    EXPECT_EQ(decide_by_colours(picture(), none).pixels, none.pixels);
}

}  // namespace
}  // namespace maquette::render
