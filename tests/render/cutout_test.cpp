#include "render/cutout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "render/error.h"
#include "render/image_operations.h"
#include "tests/render/disc_picture.h"

namespace maquette::render {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

TEST(CutOut, FindsADiscBeforeABlotchyBackdrop) {
    const Disc disc{170, 120, 62, {200, 40, 30}};
    const Cutout cutout = cut_out(picture_of(320, 240, {disc}, 1));
    EXPECT_EQ(cutout.source, "found");
    EXPECT_GT(overlap(cutout.mask, disc), 0.95);
    EXPECT_THAT(cutout.warnings, IsEmpty());
}

TEST(CutOut, KeepsTheEdgesOfLargePictures) {
    const Disc disc{500, 380, 230, {210, 190, 40}};
    const Cutout cutout = cut_out(picture_of(1000, 760, {disc}, 2));
    EXPECT_GT(overlap(cutout.mask, disc), 0.97);
}

TEST(CutOut, TakesTheCentralOneOfSeveralUnlessABoxNamesAnother) {
    const Disc middle{140, 122, 34, {220, 60, 40}};
    const Disc aside{222, 108, 34, {230, 210, 60}};
    const Image image = picture_of(320, 240, {middle, aside}, 3);
    const Cutout central = cut_out(image);
    EXPECT_GT(overlap(central.mask, middle), 0.93);
    ASSERT_FALSE(central.warnings.empty());
    EXPECT_THAT(central.warnings.front(), HasSubstr("--box"));
    const Cutout named = cut_out(image, PixelBox{182, 68, 80, 80});
    EXPECT_EQ(named.source, "box");
    EXPECT_GT(overlap(named.mask, aside), 0.93);
}

TEST(CutOut, PlainAndTransparentPicturesAreCutAsBefore) {
    Image plain(64, 64, 3, 255);
    for (int y = 20; y < 44; ++y) {
        for (int x = 10; x < 50; ++x) plain.at(x, y, 1) = 0;
    }
    const Cutout cutout = cut_out(plain);
    EXPECT_EQ(cutout.source, "plain background");
    EXPECT_EQ(cutout.mask.pixels, foreground_mask(plain).pixels);
    Image clear(32, 32, 4, 255);
    for (int y = 0; y < 32; ++y) {
        for (int x = 0; x < 16; ++x) clear.at(x, y, 3) = 0;
    }
    const Cutout alpha = cut_out(clear);
    EXPECT_EQ(alpha.source, "alpha");
    EXPECT_EQ(alpha.mask.pixels, foreground_mask(clear).pixels);
}

TEST(CutOut, SaysWhatMakesAPicturePoor) {
    const Cutout cut_off = cut_out(picture_of(320, 240, {{170, 190, 90, {200, 40, 30}}}, 4));
    ASSERT_FALSE(cut_off.warnings.empty());
    EXPECT_THAT(cut_off.warnings.front(), HasSubstr("bottom"));
    const Cutout tiny = cut_out(picture_of(160, 120, {{80, 60, 15, {220, 30, 30}}}, 5));
    ASSERT_FALSE(tiny.warnings.empty());
    EXPECT_THAT(tiny.warnings.front(), HasSubstr("nearer"));
    Image dark(80, 80, 4, 0);
    for (int y = 5; y < 75; ++y) {
        for (int x = 5; x < 75; ++x) {
            dark.at(x, y, 0) = 3;
            dark.at(x, y, 3) = 255;
        }
    }
    ASSERT_FALSE(cut_out(dark).warnings.empty());
    EXPECT_THAT(cut_out(dark).warnings.front(), HasSubstr("dark"));
}

TEST(CutOut, IsTheSameEveryTime) {
    const Image image = picture_of(200, 160, {{100, 80, 40, {180, 60, 140}}}, 6);
    EXPECT_EQ(cut_out(image).mask.pixels, cut_out(image).mask.pixels);
}

TEST(CutOut, RefusesBoxesOutsideAndPicturesOfNothing) {
    const Image image = picture_of(100, 80, {}, 7);
    EXPECT_THROW(cut_out(image, PixelBox{50, 40, 60, 20}), InputError);
    EXPECT_THROW(cut_out(image, PixelBox{-1, 0, 20, 20}), InputError);
    EXPECT_THROW(cut_out(image, PixelBox{10, 10, 1, 20}), InputError);
    EXPECT_THROW(cut_out(Image(20, 20, 3, 90)), InputError);
    EXPECT_THROW(cut_out({}), InputError);
}

}  // namespace
}  // namespace maquette::render
