#include "priors/pixel_retrieval.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "render/error.h"
#include "render/renderer.h"
#include "synthetic_shapes.h"

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

TEST(PixelRetrieval, PositionSizeAndBrightnessDoNotMatter) {
    const Thumbnail here = thumbnail(ramp(200, 150, 20, 30, 100, 70, 150, 50));
    const Thumbnail there = thumbnail(ramp(300, 300, 100, 120, 260, 200, 75, 20));
    EXPECT_LT(thumbnail_distance(here, there), 0.03F);
    EXPECT_FLOAT_EQ(thumbnail_distance(here, here), 0.0F);
}

TEST(PixelRetrieval, ContraryShadesCostHalf) {
    const Thumbnail rising = thumbnail(ramp(128, 128, 16, 32, 112, 96, 150, 50));
    const Thumbnail falling = thumbnail(ramp(128, 128, 16, 32, 112, 96, -150, 200));
    EXPECT_NEAR(thumbnail_distance(rising, falling), 0.5F, 0.01F);
    EXPECT_FLOAT_EQ(thumbnail_distance(rising, falling), thumbnail_distance(falling, rising));
}

TEST(PixelRetrieval, OutlinesAreCompared) {
    const Thumbnail wide = thumbnail(ramp(128, 128, 16, 48, 112, 80, 0, 100));
    const Thumbnail square = thumbnail(ramp(128, 128, 16, 16, 112, 112, 0, 100));
    // A third of the square is shared; plain greys tell nothing (correlation 0 costs a quarter).
    EXPECT_NEAR(thumbnail_distance(wide, square), 0.5F * (2.0F / 3.0F) + 0.25F, 0.03F);
}

TEST(PixelRetrieval, BackgroundDoesNotCount) {
    Picture bright = ramp(128, 128, 16, 32, 112, 96, 150, 50);
    Picture dark = bright;
    for (std::size_t i = 0; i < dark.mask.pixels.size(); ++i) {
        if (dark.mask.pixels[i] == 0) {
            std::fill_n(dark.colours.pixels.begin() + static_cast<std::ptrdiff_t>(3 * i), 3, std::uint8_t{0});
        }
    }
    EXPECT_EQ(thumbnail(bright).grey, thumbnail(dark).grey);
}

TEST(PixelRetrieval, BadMasksAreRefused) {
    const render::Image colours(10, 10, 3);
    EXPECT_THROW(make_thumbnail(colours, render::FloatImage(9, 10, 1, 1.0F)), InputError);
    EXPECT_THROW(make_thumbnail(colours, render::FloatImage(10, 10, 1)), InputError);
}

TEST(PixelRetrieval, TheRightShapeAndViewComeFirst) {
    const std::vector<render::OrbitPose> poses = render::turntable(8, 20);
    const std::vector<RetrievalCandidate> candidates = {render_candidate("vehicle", make_vehicle(), poses),
                                                        {"without views", {}},
                                                        render_candidate("chair", make_chair(), poses),
                                                        render_candidate("table", make_table(), poses)};
    render::OrbitPose pose = poses[3];
    pose.azimuth += 6;
    pose.elevation += 4;
    const render::Camera camera = render::orbit_camera(pose, 150, 120);
    render::RenderOptions options;
    options.lighting = render::studio_lighting(camera);
    options.background = {20, 60, 90};
    const render::Rendering photo = render::Renderer(make_chair()).render(camera, options);
    const std::vector<RankedCandidate> ranked = rank_candidates(make_thumbnail(photo.rgb, photo.mask), candidates);
    ASSERT_EQ(ranked.size(), 3U);
    EXPECT_EQ(ranked[0].candidate, 2U);
    EXPECT_EQ(ranked[0].view, 3U);
    EXPECT_LT(ranked[0].distance, 0.8F * ranked[1].distance);
    EXPECT_LE(ranked[1].distance, ranked[2].distance);
}

TEST(PixelRetrieval, EqualsKeepTheirOrder) {
    const Thumbnail same = thumbnail(ramp(64, 64, 8, 8, 56, 40, 100, 50));
    const std::vector<RankedCandidate> ranked = rank_candidates(same, {{"a", {same}}, {"b", {same, same}}});
    ASSERT_EQ(ranked.size(), 2U);
    EXPECT_EQ(ranked[0].candidate, 0U);
    EXPECT_EQ(ranked[1].candidate, 1U);
    EXPECT_EQ(ranked[1].view, 0U);
    EXPECT_TRUE(rank_candidates(same, {}).empty());
}

}  // namespace
}  // namespace maquette::priors
