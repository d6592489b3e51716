#include "recon/encoders/picture_domain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "made_up_view.h"
#include "render/error.h"

namespace maquette::recon::encoders {
namespace {

using testing::disc_view;

double mean_of(const render::FloatImage& picture, int channel) {
    double sum = 0;
    for (int y = 0; y < picture.height; ++y) {
        for (int x = 0; x < picture.width; ++x) sum += static_cast<double>(picture.at(x, y, channel));
    }
    return sum / (picture.width * picture.height);
}

void expect_in_range(const render::FloatImage& picture) {
    ASSERT_EQ(picture.width, picture_size);
    ASSERT_EQ(picture.height, picture_size);
    ASSERT_EQ(picture.channels, 4);
    for (const float value : picture.pixels) {
        ASSERT_GE(value, 0);
        ASSERT_LE(value, 1.0001);
    }
}

TEST(PictureDomain, NamesGoThereAndBack) {
    for (const auto& name : domain_names()) EXPECT_EQ(to_string(domain_from_string(name)), name);
    try {
        domain_from_string("paintings");
        FAIL();
    } catch (const UsageError& error) {
        EXPECT_THAT(error.what(), ::testing::HasSubstr("silhouettes"));
    }
}

TEST(PictureDomain, ASeedSaysEverything) {
    const auto view = disc_view();
    for (const auto domain :
         {PictureDomain::renders, PictureDomain::normals, PictureDomain::silhouettes, PictureDomain::textures}) {
        const auto once = draw_picture(view, domain, false, 11);
        expect_in_range(once);
        EXPECT_EQ(once.pixels, draw_picture(view, domain, false, 11).pixels) << to_string(domain);
        EXPECT_NE(once.pixels, draw_picture(view, domain, false, 12).pixels) << to_string(domain);
    }
}

TEST(PictureDomain, CutOutRendersAreBlackWhereTheMaskIsClear) {
    const auto picture = draw_picture(disc_view(), PictureDomain::renders, true, 5);
    int clear = 0;
    for (int y = 0; y < picture_size; ++y) {
        for (int x = 0; x < picture_size; ++x) {
            if (picture.at(x, y, 3) > 0) continue;
            ++clear;
            for (int c = 0; c < 3; ++c) ASSERT_EQ(picture.at(x, y, c), 0);
        }
    }
    EXPECT_GT(clear, 300);
    // A disc that fills 70 to 100 % of the side.
    EXPECT_GT(mean_of(picture, 3), 0.35);
    EXPECT_LT(mean_of(picture, 3), 0.8);
}

TEST(PictureDomain, RendersWithABackgroundDoNotKnowTheirMask) {
    const auto picture = draw_picture(disc_view(), PictureDomain::renders, false, 5);
    EXPECT_DOUBLE_EQ(mean_of(picture, 3), 1);
}

TEST(PictureDomain, LightComesFromAllSides) {
    // The disc faces the camera: with light from behind only what is around it is left, so pictures differ in
    // brightness.
    double least = 1;
    double most = 0;
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
        const auto picture = draw_picture(disc_view(), PictureDomain::renders, true, seed);
        const double bright = mean_of(picture, 1) / mean_of(picture, 3);
        least = std::min(least, bright);
        most = std::max(most, bright);
    }
    EXPECT_GT(most / least, 2);
}

TEST(PictureDomain, NormalsThatFaceTheCameraAreOneColour) {
    const auto picture = draw_picture(disc_view(), PictureDomain::normals, false, 3);
    const int middle = picture_size / 2;
    EXPECT_NEAR(picture.at(middle, middle, 0), 0.5, 1e-3);
    EXPECT_NEAR(picture.at(middle, middle, 1), 0.5, 1e-3);
    EXPECT_NEAR(picture.at(middle, middle, 2), 0, 1e-3);
    EXPECT_NEAR(picture.at(middle, middle, 3), 1, 1e-3);
    EXPECT_NEAR(picture.at(0, 0, 3), 0, 1e-3);
}

TEST(PictureDomain, SilhouettesHoldNothingButCoverage) {
    const auto picture = draw_picture(disc_view(), PictureDomain::silhouettes, false, 3);
    for (int y = 0; y < picture_size; ++y) {
        for (int x = 0; x < picture_size; ++x) {
            for (int c = 0; c < 3; ++c) ASSERT_EQ(picture.at(x, y, c), picture.at(x, y, 3));
        }
    }
}

TEST(PictureDomain, CloseUpsStayOnTheObject) {
    auto view = disc_view(50);
    for (auto& value : view.rgb.pixels) value = value == 255 ? 255 : 0;
    int inside = 0;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        inside += mean_of(draw_picture(view, PictureDomain::textures, false, seed), 0) < 0.05 ? 1 : 0;
    }
    EXPECT_GE(inside, 17);
}

TEST(PictureDomain, FromAboveATableIsItsTop) {
    render::VoxelGrid low(32);
    render::VoxelGrid high(32);
    for (int z = 8; z < 24; ++z) {
        for (int x = 4; x < 28; ++x) {
            low.at(x, 2, z) = 1;
            high.at(x, 30, z) = 1;
            for (int y = 0; y < 30; ++y) high.at(x, y, z) = x < 16 ? 1.0F : 0.0F;
        }
    }
    const auto picture = draw_top_down(low, 4);
    expect_in_range(picture);
    // Flat tops look alike at any height, whatever is below.
    EXPECT_EQ(picture.pixels.size(), draw_top_down(high, 4).pixels.size());
    const int middle = picture_size / 2;
    EXPECT_NEAR(picture.at(middle, middle, 0), draw_top_down(high, 4).at(middle, middle, 0), 1e-5);
    EXPECT_NE(picture.pixels, draw_top_down(low, 5).pixels);
}

TEST(PictureDomain, PhotosOfAnyChannelsServe) {
    for (int channels = 1; channels <= 4; ++channels) {
        const render::Image photo(90, 70, channels, 128);
        const auto picture = draw_photo(photo, 1);
        expect_in_range(picture);
        const bool masked = channels == 2 || channels == 4;
        EXPECT_NEAR(mean_of(picture, 3), masked ? 128.0 / 255 : 1, 1e-5);
    }
    EXPECT_THROW(draw_picture(disc_view(), PictureDomain::photos, false, 1), UsageError);
}

}  // namespace
}  // namespace maquette::recon::encoders
