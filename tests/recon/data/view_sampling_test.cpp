#include "recon/data/view_sampling.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace maquette::recon {
namespace {

struct Bounds {
    double left = std::numeric_limits<double>::infinity();
    double top = std::numeric_limits<double>::infinity();
    double right = -std::numeric_limits<double>::infinity();
    double bottom = -std::numeric_limits<double>::infinity();
};

Bounds bounds_of(const render::TriangleMesh& mesh, const render::Camera& camera) {
    Bounds bounds;
    for (const auto& vertex : mesh.vertices) {
        const auto pixel = camera.project(vertex.cast<double>());
        EXPECT_TRUE(pixel.has_value());
        bounds.left = std::min(bounds.left, pixel->x());
        bounds.right = std::max(bounds.right, pixel->x());
        bounds.top = std::min(bounds.top, pixel->y());
        bounds.bottom = std::max(bounds.bottom, pixel->y());
    }
    return bounds;
}

TEST(ViewSampling, FramesEveryShapeAndCutsNone) {
    const std::vector<render::TriangleMesh> meshes{render::make_box({1, 1, 1}), render::make_box({0.02F, 1, 0.02F}),
                                                   render::make_box({1, 0.01F, 0.4F}),
                                                   render::make_sphere(0.5F, 16, 32)};
    DatasetOptions options;
    options.views = 200;
    for (std::size_t i = 0; i < meshes.size(); ++i) {
        std::size_t well_framed = 0;
        for (const SampledView& view : sample_views(meshes[i], "shape-" + std::to_string(i), options)) {
            const Bounds bounds = bounds_of(meshes[i], view.camera);
            const double side = std::max(bounds.right - bounds.left, bounds.bottom - bounds.top) / 128;
            ASSERT_LE(side, 0.97);
            ASSERT_GT(std::min(bounds.left, bounds.top), 0) << "mesh " << i;
            ASSERT_LT(std::max(bounds.right, bounds.bottom), 128) << "mesh " << i;
            well_framed += side >= 0.64 ? 1 : 0;
        }
        EXPECT_EQ(well_framed, 200U) << "mesh " << i;
    }
}

TEST(ViewSampling, CoversTheDirectionsItPromises) {
    DatasetOptions options;
    const auto views = sample_views(render::make_box({1, 0.5F, 0.5F}), "some shape", options);
    ASSERT_EQ(views.size(), 24U);
    std::set<int> sectors;
    int upright = 0;
    bool in_order = true;
    double previous = -181;
    for (const SampledView& view : views) {
        sectors.insert(static_cast<int>(std::floor((view.pose.azimuth + 180) / 15)));
        EXPECT_GE(view.pose.elevation, -10);
        EXPECT_LE(view.pose.elevation, 60);
        EXPECT_GE(view.pose.field_of_view, 20);
        EXPECT_LE(view.pose.field_of_view, 70);
        EXPECT_LE(std::abs(view.pose.roll), 15);
        upright += view.pose.roll == 0 ? 1 : 0;
        in_order = in_order && view.pose.azimuth > previous;
        previous = view.pose.azimuth;
    }
    EXPECT_EQ(sectors.size(), 24U);
    EXPECT_EQ(*sectors.begin(), 0);
    EXPECT_EQ(*sectors.rbegin(), 23);
    EXPECT_EQ(upright, 12);
    EXPECT_FALSE(in_order);
}

TEST(ViewSampling, ElevationsAreUniformByArea) {
    DatasetOptions options;
    options.views = 1000;
    const double low = std::sin(-10 * M_PI / 180);
    const double high = std::sin(60 * M_PI / 180);
    double sum = 0;
    for (const SampledView& view : sample_views(render::make_box({1, 1, 1}), "a", options)) {
        sum += (std::sin(view.pose.elevation * M_PI / 180) - low) / (high - low);
    }
    EXPECT_NEAR(sum / 1000, 0.5, 0.04);
}

TEST(ViewSampling, CameraIsThePosesExceptForThePrincipalPoint) {
    const render::TriangleMesh mesh = render::make_sphere(0.5F, 12, 24);
    double largest_offset = 0;
    for (const SampledView& view : sample_views(mesh, "b", {})) {
        const render::Camera camera = render::orbit_camera(view.pose, 128, 128);
        EXPECT_EQ(camera.cam_from_object.matrix(), view.camera.cam_from_object.matrix());
        EXPECT_EQ(camera.fx, view.camera.fx);
        const double offset = std::max(std::abs(view.camera.cx - 64), std::abs(view.camera.cy - 64));
        EXPECT_LE(offset, 0.04 * 128 + 1e-9);
        largest_offset = std::max(largest_offset, offset);
    }
    EXPECT_GT(largest_offset, 2);
}

TEST(ViewSampling, LightsTheSideThatTheCameraSees) {
    for (const SampledView& view : sample_views(render::make_box({1, 1, 1}), "c", {})) {
        const Eigen::Vector3f towards_camera = view.camera.centre_in_object().normalized().cast<float>();
        ASSERT_GE(view.lighting.lights.size(), 2U);
        EXPECT_GT(view.lighting.lights.back().towards_light_in_object.dot(towards_camera), 0.5F);
        EXPECT_FALSE(view.lighting.lights.back().casts_shadow);
        EXPECT_TRUE(view.lighting.lights.front().casts_shadow);
    }
}

TEST(ViewSampling, DependsOnIdAndSeedAndNothingElse) {
    const render::TriangleMesh mesh = render::make_box({1, 0.4F, 0.7F});
    DatasetOptions options;
    const auto first = sample_views(mesh, "chair-1", options);
    options.with_optional = true;
    const auto again = sample_views(mesh, "chair-1", options);
    const auto other = sample_views(mesh, "chair-2", options);
    options.seed = 2;
    const auto reseeded = sample_views(mesh, "chair-1", options);
    for (std::size_t i = 0; i < first.size(); ++i) {
        EXPECT_EQ(first[i].camera.cam_from_object.matrix(), again[i].camera.cam_from_object.matrix());
        EXPECT_EQ(first[i].lighting.sky, again[i].lighting.sky);
        EXPECT_NE(first[i].lighting.sky, other[i].lighting.sky);
        EXPECT_NE(first[i].pose.elevation, other[i].pose.elevation);
        EXPECT_NE(first[i].pose.elevation, reseeded[i].pose.elevation);
    }
}

}  // namespace
}  // namespace maquette::recon
