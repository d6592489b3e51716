#include "recon/eval/photo_degradation.h"

#include <gtest/gtest.h>

#include <cmath>

#include "recon/refine/crop_camera.h"

namespace maquette::recon {
namespace {

/// A grey disc of radius 40 over white.
View disc_view() {
    View view;
    view.rgb = render::Image(view_size, view_size, 3, 255);
    view.mask = render::FloatImage(view_size, view_size, 1, 0.0F);
    for (int y = 0; y < view_size; ++y) {
        for (int x = 0; x < view_size; ++x) {
            if (std::hypot(x - 64, y - 64) > 40) continue;
            view.mask.at(x, y) = 1;
            for (int c = 0; c < 3; ++c) view.rgb.at(x, y, c) = 120;
        }
    }
    view.camera = render::orbit_camera({.azimuth = 20, .elevation = 15}, view_size, view_size);
    return view;
}

double overlap(const render::FloatImage& a, const render::FloatImage& b) {
    double both = 0;
    double either = 0;
    for (std::size_t i = 0; i < a.pixels.size(); ++i) {
        both += std::min(a.pixels[i], b.pixels[i]);
        either += std::max(a.pixels[i], b.pixels[i]);
    }
    return both / either;
}

TEST(PhotoDegradation, SpoilsThePictureAndKeepsTheObject) {
    const View clean = disc_view();
    double least = 1;
    double mean = 0;
    int changed = 0;
    constexpr int count = 60;
    for (int i = 0; i < count; ++i) {
        View view = disc_view();
        RandomStream random(3, static_cast<std::uint64_t>(i));
        degrade_photo(view, random);
        ASSERT_EQ(view.rgb.pixels.size(), clean.rgb.pixels.size());
        for (const float value : view.mask.pixels) ASSERT_TRUE(value >= 0 && value <= 1);
        changed += view.rgb.pixels != clean.rgb.pixels ? 1 : 0;
        // Where the mask is clear the background shows, white.
        for (int y = 0; y < view_size; ++y) {
            for (int x = 0; x < view_size; ++x) {
                if (view.mask.at(x, y) == 0) {
                    ASSERT_EQ(view.rgb.at(x, y, 1), 255);
                }
            }
        }
        const double score = overlap(view.mask, clean.mask);
        least = std::min(least, score);
        mean += score / count;
    }
    EXPECT_GT(changed, count * 3 / 4);  // now and then nothing is chosen
    EXPECT_GT(least, 0.6);
    EXPECT_GT(mean, 0.85);
    EXPECT_LT(mean, 0.995);
}

TEST(PhotoDegradation, IsTheSameForTheSameStream) {
    View a = disc_view();
    View b = disc_view();
    RandomStream first(1, 2);
    RandomStream second(1, 2);
    degrade_photo(a, first);
    degrade_photo(b, second);
    EXPECT_EQ(a.rgb.pixels, b.rgb.pixels);
    EXPECT_EQ(a.mask.pixels, b.mask.pixels);
}

TEST(PhotoDegradation, SurvivesAnEmptyMask) {
    View view = disc_view();
    view.mask = render::FloatImage(view_size, view_size, 1, 0.0F);
    for (int i = 0; i < 20; ++i) {
        RandomStream random(5, static_cast<std::uint64_t>(i));
        degrade_photo(view, random);
    }
    SUCCEED();
}

TEST(PhotoDegradation, TheCameraFollowsTheNewCrop) {
    for (int i = 0; i < 10; ++i) {
        View view = disc_view();
        RandomStream random(4, static_cast<std::uint64_t>(i));
        recrop(view, random);
        // The disc's middle was the image of the origin, and is so still.
        double x_sum = 0;
        double y_sum = 0;
        double sum = 0;
        for (int y = 0; y < view_size; ++y) {
            for (int x = 0; x < view_size; ++x) {
                x_sum += (x + 0.5) * view.mask.at(x, y);
                y_sum += (y + 0.5) * view.mask.at(x, y);
                sum += view.mask.at(x, y);
            }
        }
        const auto origin = view.camera->project(Eigen::Vector3d::Zero());
        ASSERT_TRUE(origin);
        EXPECT_NEAR(origin->x(), x_sum / sum, 0.8);
        EXPECT_NEAR(origin->y(), y_sum / sum, 0.8);
    }
}

}  // namespace
}  // namespace maquette::recon
