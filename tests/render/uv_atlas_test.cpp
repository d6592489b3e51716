#include "render/uv_atlas.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "render/error.h"

namespace maquette::render {
namespace {

double area_of(const std::array<Eigen::Vector2f, 3>& uvs) {
    const Eigen::Vector2f a = uvs[1] - uvs[0];
    const Eigen::Vector2f b = uvs[2] - uvs[0];
    return (a.x() * b.y() - a.y() * b.x()) / 2;
}

/// Strictly inside, in texels of the given texture.
bool holds(const std::array<Eigen::Vector2f, 3>& uvs, const Eigen::Vector2f& point) {
    for (std::size_t k = 0; k < 3; ++k) {
        const Eigen::Vector2f edge = uvs[(k + 1) % 3] - uvs[k];
        const Eigen::Vector2f to = point - uvs[k];
        if (edge.x() * to.y() - edge.y() * to.x() <= 1e-7F) return false;
    }
    return true;
}

/// How many texel centres more than one triangle holds.
int shared_texels(const UvAtlas& atlas, int size) {
    std::vector<int> owners(static_cast<std::size_t>(size) * static_cast<std::size_t>(size), 0);
    const auto side = static_cast<float>(size);
    for (const auto& uvs : atlas.uvs) {
        Eigen::Vector2f low = uvs[0].cwiseMin(uvs[1]).cwiseMin(uvs[2]) * side;
        Eigen::Vector2f high = uvs[0].cwiseMax(uvs[1]).cwiseMax(uvs[2]) * side;
        for (int y = static_cast<int>(low.y()); y <= static_cast<int>(high.y()); ++y) {
            for (int x = static_cast<int>(low.x()); x <= static_cast<int>(high.x()); ++x) {
                const Eigen::Vector2f centre(static_cast<float>(x) + 0.5F, static_cast<float>(y) + 0.5F);
                if (holds(uvs, centre / side)) ++owners[static_cast<std::size_t>(y * size + x)];
            }
        }
    }
    int shared = 0;
    for (const int owner : owners) shared += owner > 1 ? 1 : 0;
    return shared;
}

/// A ribbon that winds up like a spring: seen from above it lies over itself twice.
TriangleMesh spring() {
    TriangleMesh mesh;
    constexpr int steps = 90;
    for (int i = 0; i <= steps; ++i) {
        const float angle = static_cast<float>(i) * 0.14F;
        const float height = static_cast<float>(i) * 0.004F;
        for (const float radius : {0.25F, 0.45F}) {
            mesh.vertices.emplace_back(radius * std::cos(angle), height, -radius * std::sin(angle));
        }
        if (i == 0) continue;
        const int v = 2 * i;
        mesh.triangles.emplace_back(v - 2, v - 1, v + 1);
        mesh.triangles.emplace_back(v - 2, v + 1, v);
    }
    return mesh;
}

TEST(UvAtlas, ABoxHasSixChartsOfItsFacesSizes) {
    const auto mesh = make_box({1, 0.5F, 0.25F});
    const auto atlas = uv_atlas(mesh, {.size = 256});
    EXPECT_EQ(atlas.chart_count, 6);
    const double texels = 256 * 256;
    double area = 0;
    for (const auto& uvs : atlas.uvs) {
        EXPECT_GT(area_of(uvs), 0) << "turned over";
        area += area_of(uvs) * texels;
    }
    EXPECT_NEAR(area / (atlas.texels_per_unit * atlas.texels_per_unit), 2 * (0.5 + 0.25 + 0.125), 0.01);
    EXPECT_GT(area / texels, 0.4) << "the square is badly used";
}

TEST(UvAtlas, ABallIsUnfoldedWithoutOverlapWithinTheSquare) {
    const auto mesh = make_sphere(0.5F, 24, 48);
    const auto atlas = uv_atlas(mesh, {.size = 512, .padding = 2});
    EXPECT_EQ(shared_texels(atlas, 512), 0);
    for (const auto& uvs : atlas.uvs) {
        for (const auto& uv : uvs) {
            EXPECT_GE(uv.minCoeff(), 2.0F / 512 - 1e-5F);
            EXPECT_LE(uv.maxCoeff(), 1 - 2.0F / 512 + 1e-5F);
        }
    }
    EXPECT_LT(atlas.chart_count, 60);
}

TEST(UvAtlas, WhatWindsOverItselfIsCutApart) {
    const auto mesh = spring();
    const auto atlas = uv_atlas(mesh, {.size = 512});
    EXPECT_GE(atlas.chart_count, 2);
    EXPECT_LE(atlas.chart_count, 6);
    EXPECT_EQ(shared_texels(atlas, 512), 0);
}

TEST(UvAtlas, ChartsKeepTheirDistance) {
    constexpr int size = 256;
    constexpr int padding = 4;
    const auto mesh = make_box({1, 0.6F, 0.3F});
    const auto atlas = uv_atlas(mesh, {.size = size, .padding = padding});
    for (std::size_t a = 0; a < mesh.triangles.size(); ++a) {
        for (std::size_t b = 0; b < mesh.triangles.size(); ++b) {
            if (atlas.charts[a] == atlas.charts[b]) continue;
            for (const auto& from : atlas.uvs[a]) {
                for (const auto& to : atlas.uvs[b]) EXPECT_GE((from - to).norm() * size, 2 * padding - 0.01);
            }
        }
    }
}

TEST(UvAtlas, RefusesWhatItCannotDo) {
    EXPECT_THROW(uv_atlas(make_box({1, 1, 1}), {.size = 16}), UsageError);
    EXPECT_THROW(uv_atlas(make_box({1, 1, 1}), {.size = 256, .padding = 0}), UsageError);
    EXPECT_THROW(uv_atlas({}, {}), InputError);
}

}  // namespace
}  // namespace maquette::render
