#include "render/scribble.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "render/error.h"
#include "tests/render/disc_picture.h"

namespace maquette::render {
namespace {

const Disc red{90, 120, 45, {200, 40, 30}};
const Disc yellow{230, 120, 45, {230, 200, 40}};

FloatImage mask_of(int width, int height, const std::vector<Disc>& discs) {
    FloatImage mask(width, height, 1);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            for (const Disc& disc : discs) {
                if (std::hypot(x + 0.5 - disc.x, y + 0.5 - disc.y) <= disc.radius) mask.at(x, y) = 1;
            }
        }
    }
    return mask;
}

TEST(Scribble, ALineOverAThingAddsAllOfIt) {
    const Image photo = picture_of(320, 240, {red, yellow}, 1);
    const FloatImage before = mask_of(320, 240, {red});
    const FloatImage after = corrected_mask(photo, before, {{.object = true, .points = {{210, 110}, {245, 135}}}});
    EXPECT_GT(after.at(200, 120), 0.9F);
    EXPECT_GT(after.at(255, 130), 0.9F);
    EXPECT_LT(after.at(300, 20), 0.1F);
    // What was the object before has not changed.
    for (int y = 0; y < 240; ++y) {
        for (int x = 0; x < 140; ++x) ASSERT_EQ(after.at(x, y), before.at(x, y)) << x << ' ' << y;
    }
}

TEST(Scribble, ALineOverPartOfTheMaskTakesItAway) {
    const Image photo = picture_of(320, 240, {red, yellow}, 2);
    const FloatImage after = corrected_mask(photo, mask_of(320, 240, {red, yellow}),
                                            {{.object = false, .points = {{215, 100}, {240, 140}}}});
    EXPECT_GT(overlap(after, red), 0.95);
    EXPECT_LT(after.at(230, 120), 0.1F);
    EXPECT_LT(after.at(260, 120), 0.1F);
}

TEST(Scribble, LargePicturesKeepTheirEdges) {
    const Disc disc{700, 500, 260, {40, 190, 60}};
    const Image photo = picture_of(1400, 1000, {disc}, 3);
    const FloatImage after = corrected_mask(photo, mask_of(1400, 1000, {{400, 300, 20, {}}}),
                                            {{.object = true, .width = 40, .points = {{600, 450}, {800, 560}}},
                                             {.object = false, .width = 40, .points = {{400, 300}}}});
    EXPECT_GT(overlap(after, disc), 0.96);
}

TEST(Scribble, TheLaterOneCountsWhereTwoCross) {
    const Image photo = picture_of(320, 240, {red}, 4);
    const FloatImage mask = mask_of(320, 240, {red});
    const Scribble away{.object = false, .width = 10, .points = {{60, 120}, {120, 120}}};
    const Scribble back{.object = true, .width = 10, .points = {{90, 90}, {90, 150}}};
    EXPECT_EQ(corrected_mask(photo, mask, {away, back}).at(90, 120), 1.0F);
    EXPECT_EQ(corrected_mask(photo, mask, {back, away}).at(90, 120), 0.0F);
}

TEST(Scribble, LinesMayLeaveThePicture) {
    const Image photo = picture_of(64, 48, {{30, 24, 12, {200, 40, 30}}}, 5);
    const FloatImage mask = mask_of(64, 48, {{30, 24, 12, {}}});
    const FloatImage after =
        corrected_mask(photo, mask, {{.object = false, .width = 1e9, .points = {{-1e7, 0}, {1e30, 5}}}});
    EXPECT_EQ(after.pixels.size(), mask.pixels.size());
    EXPECT_EQ(corrected_mask(photo, mask, {}).pixels, mask.pixels);
    EXPECT_EQ(corrected_mask(photo, mask, {{.points = {}}}).pixels, mask.pixels);
    EXPECT_THROW(corrected_mask(photo, FloatImage(63, 48, 1), {}), UsageError);
}

}  // namespace
}  // namespace maquette::render
