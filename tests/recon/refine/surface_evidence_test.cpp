#include "recon/refine/surface_evidence.h"

#include <gtest/gtest.h>

#include "render/error.h"
#include "render/renderer.h"

namespace maquette::recon {
namespace {

/// A ball on the right, seen from the front: left half red, right half blue.
View view_from(double azimuth) {
    View view;
    view.name = "photo";
    view.rgb = render::Image(view_size, view_size, 3, 0);
    view.mask = render::FloatImage(view_size, view_size, 1, 1);
    for (int y = 0; y < view_size; ++y) {
        for (int x = 0; x < view_size; ++x) view.rgb.at(x, y, x < view_size / 2 ? 0 : 2) = 255;
    }
    view.camera = render::orbit_camera({azimuth, 0, 0, 40, 2.2}, view_size, view_size);
    return view;
}

render::TriangleMesh ball() {
    auto mesh = render::make_sphere(0.4F, 24, 48);
    render::compute_vertex_normals(mesh);
    return mesh;
}

TEST(SurfaceEvidence, TheFrontIsSeenAndTheBackIsGuessed) {
    const auto mesh = ball();
    const View front = view_from(0);
    const auto evidence = surface_evidence(mesh, {&front, 1});
    int seen = 0;
    for (std::size_t i = 0; i < mesh.vertices.size(); ++i) {
        const auto& place = mesh.vertices[i];
        if (place.z() > 0.2F) {
            EXPECT_EQ(evidence.source[i], Evidence::seen);
            EXPECT_GT(evidence.confidence[i], 0.7F);
            ++seen;
            if (place.x() < -0.05F) {
                EXPECT_GT(evidence.colours[i].x(), 0.9F);
            }
            if (place.x() > 0.05F) {
                EXPECT_GT(evidence.colours[i].z(), 0.9F);
            }
        }
        if (place.z() < -0.05F) {
            EXPECT_EQ(evidence.source[i], Evidence::guessed);
        }
    }
    EXPECT_GT(seen, 100);
}

TEST(SurfaceEvidence, SidesAreKnownByTheirMirrorImage) {
    const auto mesh = ball();
    const View right = view_from(90);
    const auto evidence = surface_evidence(mesh, {&right, 1});
    int symmetric = 0;
    for (std::size_t i = 0; i < mesh.vertices.size(); ++i) {
        if (mesh.vertices[i].x() > -0.2F) continue;
        EXPECT_EQ(evidence.source[i], Evidence::symmetric);
        EXPECT_FLOAT_EQ(evidence.confidence[i], 0.5F);
        // Left in the photo is the front.
        if (mesh.vertices[i].z() > 0.05F) {
            EXPECT_GT(evidence.colours[i].x(), 0.9F);
        }
        if (mesh.vertices[i].z() < -0.05F) {
            EXPECT_GT(evidence.colours[i].z(), 0.9F);
        }
        ++symmetric;
    }
    EXPECT_GT(symmetric, 100);
}

TEST(SurfaceEvidence, WhatStandsInFrontHidesWhatIsBehind) {
    auto mesh = render::make_box({0.9F, 0.9F, 0.02F});
    auto wall = render::make_box({0.9F, 0.9F, 0.02F});
    const auto first = static_cast<int>(mesh.vertices.size());
    for (auto& vertex : wall.vertices) mesh.vertices.emplace_back(vertex + Eigen::Vector3f(0, 0, -0.4F));
    for (const auto& triangle : wall.triangles) mesh.triangles.emplace_back(triangle.array() + first);
    render::compute_vertex_normals(mesh);
    const View front = view_from(0);
    const auto evidence = surface_evidence(mesh, {&front, 1});
    int seen_behind = 0;
    for (std::size_t i = 0; i < mesh.vertices.size(); ++i) {
        if (mesh.vertices[i].z() < -0.2F && evidence.source[i] == Evidence::seen) ++seen_behind;
    }
    EXPECT_EQ(seen_behind, 0);
}

TEST(SurfaceEvidence, OnlyPosedViewsOfWeightCount) {
    const auto mesh = ball();
    std::vector<View> views = {view_from(0), view_from(0)};
    views[0].camera.reset();
    views[1].weight = 0;
    for (const Evidence source : surface_evidence(mesh, views).source) EXPECT_EQ(source, Evidence::guessed);
    EXPECT_THROW((void)surface_evidence(render::make_sphere(0.4F, 8, 8), views), UsageError);
}

}  // namespace
}  // namespace maquette::recon
