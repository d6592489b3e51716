#include "recon/segment/photo_composite.h"

#include <gtest/gtest.h>

#include <cmath>

namespace maquette::recon::segment {
namespace {

constexpr int side = 128;

/// A block over white whose coverage is soft at its left edge.
DatasetView block() {
    DatasetView view;
    view.rgb = render::Image(side, side, 3, 255);
    view.mask = render::Image(side, side, 1);
    view.camera = render::orbit_camera({.azimuth = 30, .elevation = 20}, side, side);
    for (int y = 30; y < 110; ++y) {
        for (int x = 40; x < 90; ++x) {
            const bool edge = x == 40;
            view.mask.at(x, y) = edge ? 128 : 255;
            for (int c = 0; c < 3; ++c) view.rgb.at(x, y, c) = static_cast<std::uint8_t>(edge ? 177 : 100 + 40 * c);
        }
    }
    return view;
}

render::Image backdrop() {
    render::Image photo(200, 160, 3);
    for (int y = 0; y < photo.height; ++y) {
        for (int x = 0; x < photo.width; ++x) {
            for (int c = 0; c < 3; ++c) photo.at(x, y, c) = static_cast<std::uint8_t>((3 * x + 5 * y + 70 * c) % 256);
        }
    }
    return photo;
}

double area(const render::FloatImage& mask) {
    double sum = 0;
    for (const float value : mask.pixels) sum += value;
    return sum;
}

TEST(PhotoComposite, IsTheSameForASeedAndNoOther) {
    const DatasetView view = block();
    const render::Image photo = backdrop();
    const CompositeParts parts{.object = &view, .others = {&view}, .background = &photo, .other_photo = &photo};
    const CompositeSettings settings{.patch_share = 1, .texture_share = 1};
    const Composite first = draw_composite(parts, settings, 5);
    const Composite again = draw_composite(parts, settings, 5);
    EXPECT_EQ(first.photo.pixels, again.photo.pixels);
    EXPECT_EQ(first.mask.pixels, again.mask.pixels);
    EXPECT_NE(first.photo.pixels, draw_composite(parts, settings, 6).photo.pixels);
}

TEST(PhotoComposite, TheMaskIsTheTargetsCoverageAlone) {
    const DatasetView view = block();
    const render::Image photo = backdrop();
    for (std::uint64_t seed = 0; seed < 12; ++seed) {
        const CompositeSettings settings{.width = 160, .height = 120, .smallest = 0.5, .largest = 0.5, .turned = false};
        const Composite composite =
            draw_composite({.object = &view, .others = {&view, &view}, .background = &photo}, settings, seed);
        EXPECT_EQ(composite.photo.width, 160);
        EXPECT_EQ(composite.mask.height, 120);
        // 80 pixels of the view become 60 of the picture; half of the first column is covered.
        EXPECT_NEAR(area(composite.mask), 60 * 0.75 * 49.5, 30);
        for (const float value : composite.mask.pixels) {
            ASSERT_GE(value, 0);
            ASSERT_LE(value, 1);
        }
    }
}

TEST(PhotoComposite, TheCameraFollowsTheObject) {
    const DatasetView view = block();
    const render::Image photo = backdrop();
    const CompositeSettings settings{.width = 300, .height = 200, .smallest = 0.6, .largest = 0.6, .turned = false};
    const Composite composite = draw_composite({.object = &view, .background = &photo}, settings, 9);
    const render::PixelBox box = box_around(composite.mask, 0, 0, 1);
    const double scale = 120.0 / 80;
    const Eigen::Vector3d point(0.2, -0.1, 0.3);
    const auto before = view.camera.project(point);
    const auto after = composite.camera.project(point);
    ASSERT_TRUE(before && after);
    EXPECT_NEAR(after->x(), box.x + scale * (before->x() - 40), 1.5);
    EXPECT_NEAR(after->y(), box.y + scale * (before->y() - 30), 1.5);
    EXPECT_EQ(composite.camera.width, 300);
}

TEST(PhotoComposite, TheBorderCutsWhatItIsToldTo) {
    const DatasetView view = block();
    const render::Image photo = backdrop();
    CompositeSettings settings{.smallest = 0.5, .largest = 0.5};
    const double whole = area(draw_composite({.object = &view, .background = &photo}, settings, 1).mask);
    settings.border_share = 1;
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
        const double cut = area(draw_composite({.object = &view, .background = &photo}, settings, seed).mask);
        EXPECT_LT(cut, 0.98 * whole);
        EXPECT_GT(cut, 0.5 * whole);
    }
}

TEST(PhotoComposite, BoxesSurroundTheObjectWithinThePicture) {
    render::FloatImage mask(100, 80, 1);
    for (int y = 10; y < 30; ++y) {
        for (int x = 60; x < 100; ++x) mask.at(x, y) = 1;
    }
    const auto tight = box_around(mask, 0, 0, 3);
    EXPECT_EQ(tight.x, 60);
    EXPECT_EQ(tight.y, 10);
    EXPECT_EQ(tight.width, 40);
    EXPECT_EQ(tight.height, 20);
    const auto wide = box_around(mask, 0.1, 0.2, 3);
    EXPECT_LE(wide.x, 56);
    EXPECT_GE(wide.x, 52);
    EXPECT_EQ(wide.x + wide.width, 100);
    EXPECT_GE(wide.height, 24);
    const auto none = box_around(render::FloatImage(50, 40, 1), 0, 0, 3);
    EXPECT_EQ(none.width, 50);
    EXPECT_EQ(none.height, 40);
}

}  // namespace
}  // namespace maquette::recon::segment
