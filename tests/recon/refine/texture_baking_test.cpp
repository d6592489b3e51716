#include "recon/refine/texture_baking.h"

#include <gtest/gtest.h>

#include <cmath>

#include "recon/refine/crop_camera.h"
#include "render/error.h"
#include "render/renderer.h"

namespace maquette::recon {
namespace {

constexpr int sharp = 512;
constexpr std::uint8_t bright = 200;  // the renderer compresses highlights above

/// Of a picture with vertical stripes, `period` pixels wide.
View striped_view(double azimuth, int period) {
    View view;
    view.rgb = render::Image(sharp, sharp, 3, 0);
    view.mask = render::FloatImage(sharp, sharp, 1, 1);
    for (int y = 0; y < sharp; ++y) {
        for (int x = 0; x < sharp; ++x) {
            const bool odd = x / period % 2 == 1;
            view.rgb.at(x, y, 0) = odd ? bright : 0;
            view.rgb.at(x, y, 1) = odd ? 0 : bright;
        }
    }
    view.camera = render::orbit_camera({azimuth, 0, 0, 40, 2.2}, sharp, sharp);
    return view;
}

/// A coarse box: its vertices alone could hold no stripes.
render::TriangleMesh grey_box() {
    auto mesh = render::make_box({0.8F, 0.8F, 0.8F});
    render::compute_vertex_normals(mesh);
    mesh.vertex_colours.assign(mesh.vertices.size(), {0.5F, 0.5F, 0.5F});
    return mesh;
}

render::Rendering unlit(const render::TriangleMesh& mesh, const render::Camera& camera) {
    render::RenderOptions options;
    options.lighting = {.sky = Eigen::Vector3f::Ones(), .ground = Eigen::Vector3f::Ones(), .lights = {}};
    return render::Renderer(mesh).render(camera, options);
}

TEST(TextureBaking, HoldsWhatVerticesCannot) {
    constexpr int period = 32;
    const View view = striped_view(0, period);
    auto mesh = grey_box();
    for (auto& normal : mesh.vertex_normals) normal = Eigen::Vector3f::UnitZ();  // all of the front is seen squarely
    const auto textured = with_baked_texture(mesh, {&view, 1}, {.size = 1024});
    EXPECT_TRUE(textured.vertex_colours.empty());
    const auto made = unlit(textured, *view.camera);
    double worst = 0;
    double sum = 0;
    int counted = 0;
    for (int y = sharp / 2 - 60; y < sharp / 2 + 60; ++y) {
        for (int x = sharp / 2 - 60; x < sharp / 2 + 60; ++x) {
            // Texels are a little larger than pixels here, and filtered on both ways: stripes have soft edges.
            if (x % period < 4 || x % period >= period - 4) continue;
            const double off = std::abs(made.rgb.at(x, y, 0) - view.rgb.at(x, y, 0));
            worst = std::max(worst, off);
            sum += off;
            ++counted;
        }
    }
    EXPECT_LT(sum / counted, 4);
    EXPECT_LT(worst, 90);
}

TEST(TextureBaking, FacesThatNoPhotoShowsKeepTheVerticesColour) {
    const View view = striped_view(0, 16);
    const auto textured = with_baked_texture(grey_box(), {&view, 1}, {.size = 256});
    const auto back = unlit(textured, render::orbit_camera({180, 0, 0, 40, 2.2}, 64, 64));
    for (int c = 0; c < 3; ++c) EXPECT_NEAR(back.rgb.at(32, 32, c), 128, 3);
}

TEST(TextureBaking, SidesTakeTheirMirrorImageAndGeneratedViewsComeAfterIt) {
    View right = striped_view(90, sharp);  // green everywhere
    View drawn = striped_view(180, sharp);
    for (std::size_t i = 0; i < drawn.rgb.pixels.size(); i += 3) {
        drawn.rgb.pixels[i + 1] = 0;
        drawn.rgb.pixels[i + 2] = bright;
    }
    drawn.weight = 0.3F;
    View drawn_left = drawn;
    drawn_left.camera = render::orbit_camera({-90, 0, 0, 40, 2.2}, sharp, sharp);
    auto mesh = grey_box();
    // Flat faces: every corner of its own.
    render::TriangleMesh flat;
    for (const auto& t : mesh.triangles) {
        for (int k = 0; k < 3; ++k) flat.vertices.push_back(mesh.vertices[static_cast<std::size_t>(t[k])]);
        const auto n = static_cast<int>(flat.vertices.size());
        flat.triangles.emplace_back(n - 3, n - 2, n - 1);
    }
    render::compute_vertex_normals(flat);
    flat.vertex_colours.assign(flat.vertices.size(), {0.5F, 0.5F, 0.5F});
    const std::vector<View> generated = {drawn, drawn_left};
    const auto textured = with_baked_texture(flat, {&right, 1}, {.size = 256, .generated = generated});
    const auto seen_from = [&](double azimuth) {
        return unlit(textured, render::orbit_camera({azimuth, 0, 0, 40, 2.2}, 64, 64)).rgb;
    };
    EXPECT_GT(seen_from(90).at(32, 32, 1), bright - 8) << "the photo's green";
    EXPECT_GT(seen_from(-90).at(32, 32, 1), bright - 8) << "its mirror image, before a generated view";
    EXPECT_GT(seen_from(180).at(32, 32, 2), bright - 8) << "a generated view's blue";
    EXPECT_NEAR(seen_from(0).at(32, 32, 1), 128, 3) << "nobody knows the front";
}

TEST(TextureBaking, AsksForNormalsAndColours) {
    const View view = striped_view(0, 16);
    auto mesh = grey_box();
    mesh.vertex_colours.clear();
    EXPECT_THROW(with_baked_texture(mesh, {&view, 1}, {}), UsageError);
}

}  // namespace
}  // namespace maquette::recon
