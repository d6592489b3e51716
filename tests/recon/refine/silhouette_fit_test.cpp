#include "recon/refine/silhouette_fit.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "recon/refine/camera_decision.h"
#include "recon/refine/view.h"
#include "render/error.h"
#include "render/field_picture.h"
#include "render/image_operations.h"

namespace maquette::recon {
namespace {

constexpr float threshold = 0.4F;

/// An ellipsoid of the given radii with a soft surface.
render::VoxelGrid ellipsoid(double x_radius, double y_radius, double z_radius) {
    render::VoxelGrid grid(32);
    for (int z = 0; z < 32; ++z) {
        for (int y = 0; y < 32; ++y) {
            for (int x = 0; x < 32; ++x) {
                const auto p = grid.centre(x, y, z);
                const double r = std::hypot(p.x() / x_radius, p.y() / y_radius, p.z() / z_radius);
                grid.at(x, y, z) = static_cast<float>(1 / (1 + std::exp(6 * (r - 1))));
            }
        }
    }
    return grid;
}

CropCamera camera_at(double azimuth) {
    return {.azimuth = azimuth, .elevation = 10, .distance = 2.4, .scale = 0.7};
}

render::FloatImage outline(const render::VoxelGrid& grid, const CropCamera& camera) {
    render::VoxelGrid solid = grid;
    for (float& value : solid.values) value = value >= threshold ? 1.0F : 0.0F;
    return render::picture_of_field(solid, camera_of(camera, view_size), 96).coverage;
}

double overlap(const render::VoxelGrid& a, const render::VoxelGrid& b) {
    double both = 0;
    double either = 0;
    for (std::size_t i = 0; i < a.values.size(); ++i) {
        const bool in_a = a.values[i] >= threshold;
        const bool in_b = b.values[i] >= threshold;
        both += in_a && in_b ? 1 : 0;
        either += in_a || in_b ? 1 : 0;
    }
    return both / either;
}

TEST(SilhouetteFit, GrowsAndCarvesTowardsTheOutline) {
    const auto truth = ellipsoid(0.42, 0.25, 0.3);
    const auto start = ellipsoid(0.3, 0.35, 0.3);
    const auto mask = outline(truth, camera_at(0));
    const PosedMask posed{camera_at(0), &mask, 1};
    const auto fit = fit_to_masks(start, threshold, {&posed, 1}, {.steps = 60, .anchor = 0.02});
    EXPECT_DOUBLE_EQ(fit.before, silhouette_iou(start, threshold, camera_at(0), mask));
    EXPECT_DOUBLE_EQ(fit.after, silhouette_iou(fit.occupancy, threshold, camera_at(0), mask));
    EXPECT_LT(fit.before, 0.75);
    EXPECT_GT(fit.after, 0.85);
    EXPECT_GT(overlap(fit.occupancy, truth), overlap(start, truth) + 0.1);
}

TEST(SilhouetteFit, TwoOutlinesSayMoreThanOne) {
    const auto truth = ellipsoid(0.42, 0.25, 0.2);
    const auto start = ellipsoid(0.3, 0.3, 0.3);
    const std::vector<render::FloatImage> masks = {outline(truth, camera_at(0)), outline(truth, camera_at(90))};
    const std::vector<PosedMask> posed = {{camera_at(0), masks.data(), 1}, {camera_at(90), &masks[1], 1}};
    const auto one = fit_to_masks(start, threshold, {posed.data(), 1}, {});
    const auto two = fit_to_masks(start, threshold, posed, {});
    EXPECT_GT(overlap(two.occupancy, truth), overlap(one.occupancy, truth) + 0.05);
}

TEST(SilhouetteFit, IsNeverWorseThanItsStart) {
    const auto start = ellipsoid(0.3, 0.35, 0.3);
    for (const double rate : {0.01, 0.3, 20.0}) {
        for (const double azimuth : {0.0, 70.0, 200.0}) {
            const auto mask = outline(ellipsoid(0.45, 0.1, 0.2), camera_at(azimuth + 40));
            const PosedMask posed{camera_at(azimuth), &mask, 1};
            const auto fit = fit_to_masks(start, threshold, {&posed, 1}, {.steps = 12, .learning_rate = rate});
            EXPECT_GE(fit.after, fit.before) << rate << " " << azimuth;
            for (const float value : fit.occupancy.values) ASSERT_TRUE(value >= 0 && value <= 1);
        }
    }
}

TEST(SilhouetteFit, WhatFitsHardlyMoves) {
    const auto shape = ellipsoid(0.4, 0.3, 0.3);
    const auto mask = outline(shape, camera_at(30));
    const PosedMask posed{camera_at(30), &mask, 1};
    const auto fit = fit_to_masks(shape, threshold, {&posed, 1}, {});
    EXPECT_GT(overlap(fit.occupancy, shape), 0.9);
}

TEST(SilhouetteFit, SameBitsForAnyNumberOfThreads) {
    const auto mask = outline(ellipsoid(0.42, 0.25, 0.3), camera_at(0));
    const PosedMask posed{camera_at(0), &mask, 1};
    SilhouetteFitOptions options{.steps = 6};
    options.place.threads = 1;
    const auto one = fit_to_masks(ellipsoid(0.3, 0.35, 0.3), threshold, {&posed, 1}, options);
    options.place.threads = 3;
    const auto three = fit_to_masks(ellipsoid(0.3, 0.35, 0.3), threshold, {&posed, 1}, options);
    EXPECT_EQ(one.occupancy.values, three.occupancy.values);
}

TEST(SilhouetteFit, NothingToFitChangesNothing) {
    const auto start = ellipsoid(0.3, 0.35, 0.3);
    EXPECT_EQ(fit_to_masks(start, threshold, {}, {}).occupancy.values, start.values);
    const auto mask = outline(start, camera_at(0));
    const PosedMask posed{camera_at(0), &mask, 1};
    EXPECT_EQ(fit_to_masks(start, threshold, {&posed, 1}, {.steps = 0}).occupancy.values, start.values);
}

TEST(SilhouetteFit, RefusesOptionsOutOfRange) {
    const auto start = ellipsoid(0.3, 0.35, 0.3);
    const auto mask = outline(start, camera_at(0));
    const PosedMask posed{camera_at(0), &mask, 1};
    EXPECT_THROW(fit_to_masks(start, threshold, {&posed, 1}, {.steps = -1}), UsageError);
    EXPECT_THROW(fit_to_masks(start, threshold, {&posed, 1}, {.learning_rate = 0}), UsageError);
    EXPECT_THROW(fit_to_masks(start, threshold, {&posed, 1}, {.size = 2}), UsageError);
    EXPECT_THROW(fit_to_masks(start, 1.5F, {&posed, 1}, {}), UsageError);
    const PosedMask none{camera_at(0), nullptr, 1};
    EXPECT_THROW(fit_to_masks(start, threshold, {&none, 1}, {}), UsageError);
}

}  // namespace
}  // namespace maquette::recon
