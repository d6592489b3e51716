#include "render/renderer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "render/colour_space.h"
#include "render/error.h"
#include "render/parallel.h"

namespace maquette::render {
namespace {

using Eigen::Vector3d;
using Eigen::Vector3f;

Lighting ambient(float light) {
    Lighting lighting;
    lighting.sky.setConstant(light);
    lighting.ground.setConstant(light);
    return lighting;
}

RenderOptions options_with(const Lighting& lighting, int samples_per_axis = 1) {
    RenderOptions options;
    options.samples_per_axis = samples_per_axis;
    options.lighting = lighting;
    return options;
}

Camera camera_at(double azimuth, double elevation, double field_of_view = 40, int size = 64) {
    return orbit_camera({azimuth, elevation, 0, field_of_view, 0}, size, size);
}

int byte_of_linear(float linear) {
    return static_cast<int>(std::lround(255 * srgb_from_linear(linear)));
}

int centre_red(const Rendering& rendering) {
    return rendering.rgb.at(rendering.rgb.width / 2, rendering.rgb.height / 2, 0);
}

double mask_area(const Rendering& rendering) {
    double area = 0;
    for (const float value : rendering.mask.pixels) {
        area += value;
    }
    return area;
}

/// A square of side 1 at depth z that faces +Z, with texture coordinates 0..repeats and material 0.
void add_square(TriangleMesh& mesh, float z, float repeats = 1) {
    const int first = static_cast<int>(mesh.vertices.size());
    for (const auto& [x, y] : {std::pair{-0.5F, -0.5F}, {0.5F, -0.5F}, {0.5F, 0.5F}, {-0.5F, 0.5F}}) {
        mesh.vertices.emplace_back(x, y, z);
    }
    mesh.triangles.emplace_back(first, first + 1, first + 2);
    mesh.triangles.emplace_back(first, first + 2, first + 3);
    mesh.triangle_uvs.push_back({Eigen::Vector2f(0, 0), {repeats, 0}, {repeats, repeats}});
    mesh.triangle_uvs.push_back({Eigen::Vector2f(0, 0), {repeats, repeats}, {0, repeats}});
    mesh.material_ids.insert(mesh.material_ids.end(), 2, 0);
}

TriangleMesh square_with(const Material& material) {
    TriangleMesh mesh;
    add_square(mesh, 0);
    mesh.materials = {material};
    return mesh;
}

Material textured(Image image) {
    Material material;
    material.base_colour = {1, 1, 1};
    material.base_colour_texture = std::make_shared<const Image>(std::move(image));
    return material;
}

/// Compares every pixel with the ray and sphere worked out on paper.
void expect_sphere(const Camera& camera, float radius, double expected_area) {
    const Renderer renderer(make_sphere(radius, 128, 256));
    const Rendering rendering = renderer.render(camera, options_with(ambient(1)));
    int compared = 0;
    for (int y = 0; y < camera.height; ++y) {
        for (int x = 0; x < camera.width; ++x) {
            const Camera::Ray ray = camera.ray(x + 0.5, y + 0.5);
            const double to_middle = -ray.origin_in_object.dot(ray.direction_in_object);
            const double miss = (ray.origin_in_object + to_middle * ray.direction_in_object).norm();
            if (miss > 1.01 * radius) {
                ASSERT_EQ(rendering.mask.at(x, y), 0);
                ASSERT_EQ(rendering.depth.at(x, y), 0);
                ASSERT_EQ(rendering.normal.at(x, y, 2), 0);
            }
            if (miss > 0.9 * radius) {
                continue;
            }
            ++compared;
            const double distance = to_middle - std::sqrt(radius * radius - miss * miss);
            const Vector3d point = ray.origin_in_object + distance * ray.direction_in_object;
            ASSERT_EQ(rendering.mask.at(x, y), 1);
            ASSERT_NEAR(rendering.depth.at(x, y), (camera.cam_from_object * point).z(), 3e-4);
            const Vector3d normal = camera.cam_from_object.linear() * point.normalized();
            const Vector3d rendered(rendering.normal.at(x, y, 0), rendering.normal.at(x, y, 1),
                                    rendering.normal.at(x, y, 2));
            ASSERT_GT(normal.dot(rendered), 0.999);
            ASSERT_NEAR(rendered.norm(), 1, 1e-5);
        }
    }
    EXPECT_GT(compared, 1000);
    const Rendering fine = renderer.render(camera, options_with(ambient(1), 4));
    EXPECT_NEAR(mask_area(fine), expected_area, 0.003 * expected_area);
}

TEST(RendererTest, sphere_in_perspective_is_as_on_paper) {
    const Camera camera = camera_at(25, 40);
    const double distance = camera.centre_in_object().norm();
    const double radius = camera.fx * 0.5 / std::sqrt(distance * distance - 0.25);
    expect_sphere(camera, 0.5F, std::numbers::pi * radius * radius);
}

TEST(RendererTest, orthographic_sphere_is_as_on_paper) {
    const Camera camera = camera_at(-130, -20, 0);
    expect_sphere(camera, 0.5F, std::numbers::pi * 0.25 * camera.fx * camera.fx);
}

TEST(RendererTest, depth_is_along_the_optical_axis) {
    const Camera camera = orbit_camera({0, 0, 0, 60, 1}, 32, 32);
    const Rendering rendering = Renderer(make_box({1, 1, 1})).render(camera, options_with(ambient(1), 2));
    EXPECT_NEAR(rendering.depth.at(0, 0), 0.5, 1e-5);
    EXPECT_NEAR(rendering.depth.at(16, 16), 0.5, 1e-5);
}

TEST(RendererTest, ambient_light_shows_the_base_colour) {
    const Renderer clay(make_box({1, 1, 1}));
    EXPECT_EQ(centre_red(clay.render(camera_at(0, 0), options_with(ambient(1)))), 184) << "0.72 of 255";
    Material material;
    material.base_colour = {0.2F, 0.4F, 0.6F};
    const Rendering painted = Renderer(square_with(material)).render(camera_at(0, 0), options_with(ambient(1)));
    EXPECT_EQ(painted.rgb.at(32, 32, 0), 51);
    EXPECT_EQ(painted.rgb.at(32, 32, 1), 102);
    EXPECT_EQ(painted.rgb.at(32, 32, 2), 153);
    RenderOptions plain = options_with(ambient(1));
    plain.use_materials = false;
    EXPECT_EQ(centre_red(Renderer(square_with(material)).render(camera_at(0, 0), plain)), 184);
}

TEST(RendererTest, ambient_light_comes_from_sky_and_ground) {
    Lighting lighting;
    lighting.sky.setConstant(0.9F);
    lighting.ground.setConstant(0.3F);
    const Renderer renderer(make_box({1, 1, 1}));
    const float clay = linear_from_srgb(0.72F);
    EXPECT_EQ(centre_red(renderer.render(camera_at(0, 90), options_with(lighting))), byte_of_linear(0.9F * clay));
    EXPECT_EQ(centre_red(renderer.render(camera_at(0, 0), options_with(lighting))), byte_of_linear(0.6F * clay));
    EXPECT_EQ(centre_red(renderer.render(camera_at(0, -90), options_with(lighting))), byte_of_linear(0.3F * clay));
}

TEST(RendererTest, a_lamp_lights_by_the_cosine) {
    Lighting lighting = ambient(0);
    const float angle = std::numbers::pi_v<float> / 3;
    lighting.lights.push_back({{std::sin(angle), 0, std::cos(angle)}, {1, 0.5F, 0}, true});
    const Renderer renderer(make_box({1, 1, 1}));
    const Rendering front = renderer.render(camera_at(0, 0), options_with(lighting));
    const float clay = linear_from_srgb(0.72F);
    EXPECT_EQ(front.rgb.at(32, 32, 0), byte_of_linear(0.5F * clay));
    EXPECT_EQ(front.rgb.at(32, 32, 1), byte_of_linear(0.25F * clay));
    EXPECT_EQ(front.rgb.at(32, 32, 2), 0);
    EXPECT_EQ(centre_red(renderer.render(camera_at(180, 0), options_with(lighting))), 0);
}

TEST(RendererTest, bright_light_keeps_its_gradation) {
    const Renderer renderer(make_box({1, 1, 1}));
    const int bright = centre_red(renderer.render(camera_at(0, 0), options_with(ambient(2))));
    const int brighter = centre_red(renderer.render(camera_at(0, 0), options_with(ambient(2.5F))));
    EXPECT_GT(bright, 220);
    EXPECT_GT(brighter, bright);
    EXPECT_LT(brighter, 255);
}

TEST(RendererTest, shadows_fall_where_light_is_blocked) {
    // A plate floats before a wall; the light comes straight from the front.
    TriangleMesh mesh;
    add_square(mesh, -0.5F);
    add_square(mesh, 0.2F);
    for (std::size_t i = 4; i < 8; ++i) {
        mesh.vertices[i].head<2>() *= 0.4F;
    }
    mesh.materials = {Material{}};
    Lighting lighting = ambient(0.1F);
    lighting.lights.push_back({{0, 0, 1}, {0.8F, 0.8F, 0.8F}, true});
    const Camera camera = camera_at(50, 0, 0, 128);
    const auto red_at = [&](const Rendering& rendering, const Vector3d& point) -> int {
        const Vector3d pixel = camera.project(point).value();
        return rendering.rgb.at(static_cast<int>(pixel.x()), static_cast<int>(pixel.y()), 0);
    };
    const float grey = linear_from_srgb(0.7F);
    const Renderer renderer(mesh);
    const Rendering shadowed = renderer.render(camera, options_with(lighting));
    EXPECT_EQ(red_at(shadowed, {0.1, 0, -0.5}), byte_of_linear(0.1F * grey));
    EXPECT_EQ(red_at(shadowed, {0.3, 0, -0.5}), byte_of_linear(0.9F * grey));
    EXPECT_EQ(red_at(shadowed, {0.1, 0.4, -0.5}), byte_of_linear(0.9F * grey));
    EXPECT_EQ(red_at(shadowed, {0.1, 0, 0.2}), byte_of_linear(0.9F * grey)) << "no shadow on itself";
    lighting.lights[0].casts_shadow = false;
    EXPECT_EQ(red_at(renderer.render(camera, options_with(lighting)), {0.1, 0, -0.5}), byte_of_linear(0.9F * grey));
}

TEST(RendererTest, glass_casts_a_light_shadow) {
    TriangleMesh mesh;
    add_square(mesh, -0.5F);
    add_square(mesh, 0.5F);
    Material glass;
    glass.opacity = 0.25F;
    mesh.materials = {Material{}, glass};
    mesh.material_ids = {0, 0, 1, 1};
    Lighting lighting = ambient(0);
    lighting.lights.push_back({{0, 0, 1}, {0.8F, 0.8F, 0.8F}, true});
    const Camera camera = camera_at(60, 0, 0, 128);
    const Vector3d pixel = camera.project({0, 0, -0.5}).value();
    const Rendering rendering = Renderer(mesh).render(camera, options_with(lighting));
    EXPECT_EQ(rendering.rgb.at(static_cast<int>(pixel.x()), static_cast<int>(pixel.y()), 0),
              byte_of_linear(0.75F * 0.8F * linear_from_srgb(0.7F)));
}

TEST(RendererTest, both_sides_of_a_face_look_alike) {
    Lighting lighting = ambient(0.2F);
    lighting.lights.push_back({{0, 0, 1}, {0.5F, 0.5F, 0.5F}, true});
    const Renderer renderer(square_with(Material{}));
    TriangleMesh turned = square_with(Material{});
    for (Eigen::Vector3i& triangle : turned.triangles) {
        std::swap(triangle[1], triangle[2]);
    }
    const Rendering front = renderer.render(camera_at(0, 0), options_with(lighting));
    const Rendering back = Renderer(turned).render(camera_at(0, 0), options_with(lighting));
    EXPECT_EQ(centre_red(front), byte_of_linear(0.7F * linear_from_srgb(0.7F)));
    EXPECT_EQ(centre_red(back), centre_red(front));
    EXPECT_NEAR(front.normal.at(32, 32, 2), -1, 1e-5);
    EXPECT_NEAR(back.normal.at(32, 32, 2), -1, 1e-5);
}

TEST(RendererTest, textures_are_upright_and_repeat) {
    Image image(2, 2, 3);
    image.at(0, 0, 0) = 255;  // top left red
    image.at(1, 0, 1) = 255;  // top right green
    image.at(0, 1, 2) = 255;  // bottom left blue
    TriangleMesh mesh = square_with(textured(image));
    const Camera camera = camera_at(0, 0, 0, 80);  // the square covers the pixels 8 to 72
    const Rendering once = Renderer(mesh).render(camera, options_with(ambient(0.7F)));
    const int lit = byte_of_linear(0.7F);
    const auto expect_colour = [](const Rendering& rendering, int x, int y, int red, int green, int blue) {
        EXPECT_NEAR(rendering.rgb.at(x, y, 0), red, 1) << x << " " << y;
        EXPECT_NEAR(rendering.rgb.at(x, y, 1), green, 1) << x << " " << y;
        EXPECT_NEAR(rendering.rgb.at(x, y, 2), blue, 1) << x << " " << y;
    };
    // The texels' middles lie on pixel corners; bilinear weights off them are small in all but the sRGB curve.
    EXPECT_GT(once.rgb.at(23, 23, 0), lit - 8);
    EXPECT_LT(once.rgb.at(23, 23, 2), 60);
    EXPECT_GT(once.rgb.at(56, 23, 1), lit - 8);
    EXPECT_GT(once.rgb.at(23, 56, 2), lit - 8);
    EXPECT_LT(once.rgb.at(56, 56, 0), 60);

    TriangleMesh twice;
    add_square(twice, 0, 2);
    twice.materials = mesh.materials;
    const Rendering repeated = Renderer(twice).render(camera, options_with(ambient(0.7F)));
    for (const auto& [x, y] : {std::pair{12, 13}, {20, 30}, {35, 9}}) {
        expect_colour(repeated, x + 32, y + 32, repeated.rgb.at(x, y, 0), repeated.rgb.at(x, y, 1),
                      repeated.rgb.at(x, y, 2));
    }
}

TEST(RendererTest, fine_textures_average_in_linear_light) {
    Image checks(512, 512, 3);
    for (int y = 0; y < 512; ++y) {
        for (int x = 0; x < 512; ++x) {
            for (int channel = 0; channel < 3; ++channel) {
                checks.at(x, y, channel) = (x + y) % 2 == 0 ? 255 : 0;
            }
        }
    }
    const Rendering rendering =
        Renderer(square_with(textured(checks))).render(camera_at(0, 0, 0, 80), options_with(ambient(1)));
    for (int x = 10; x < 70; ++x) {
        ASSERT_NEAR(rendering.rgb.at(x, 40, 0), 188, 2);
    }
}

TEST(RendererTest, transparent_texels_are_cut_out) {
    Image half(64, 64, 4, 255);
    for (int y = 0; y < 64; ++y) {
        for (int x = 0; x < 32; ++x) {
            half.at(x, y, 3) = 0;
        }
    }
    const Camera camera = camera_at(0, 0, 0, 80);
    for (const bool use_materials : {true, false}) {
        RenderOptions options = options_with(ambient(0.5F));
        options.use_materials = use_materials;
        const Rendering alone = Renderer(square_with(textured(half))).render(camera, options);
        EXPECT_EQ(alone.mask.at(20, 40), 0);
        EXPECT_EQ(alone.mask.at(60, 40), 1);
        EXPECT_EQ(alone.rgb.at(20, 40, 0), 255);

        TriangleMesh layered = square_with(textured(half));
        add_square(layered, -0.25F);
        layered.materials.emplace_back();
        layered.material_ids = {0, 0, 1, 1};
        const Rendering both = Renderer(layered).render(camera, options);
        EXPECT_NEAR(both.depth.at(20, 40), 2.25, 1e-5);
        EXPECT_NEAR(both.depth.at(60, 40), 2, 1e-5);
        EXPECT_EQ(both.mask.at(20, 40), 1);
    }
}

TEST(RendererTest, light_falls_through_holes) {
    TriangleMesh mesh = square_with(textured(Image(4, 4, 4, 0)));
    add_square(mesh, -0.25F);
    mesh.materials.emplace_back();
    mesh.material_ids = {0, 0, 1, 1};
    Lighting lighting = ambient(0);
    lighting.lights.push_back({{0, 0, 1}, {0.8F, 0.8F, 0.8F}, true});
    const Rendering rendering = Renderer(mesh).render(camera_at(0, 0), options_with(lighting));
    EXPECT_EQ(centre_red(rendering), byte_of_linear(0.8F * linear_from_srgb(0.7F)));
}

TEST(RendererTest, glass_blends_with_what_is_behind) {
    Material glass;
    glass.base_colour = {1, 0, 0};
    glass.opacity = 0.4F;
    RenderOptions options = options_with(ambient(0.5F));
    options.background = {0, 0, 255};
    const Rendering alone = Renderer(square_with(glass)).render(camera_at(0, 0), options);
    EXPECT_EQ(alone.mask.at(32, 32), 1);
    EXPECT_EQ(alone.rgb.at(32, 32, 0), byte_of_linear(0.4F * 0.5F));
    EXPECT_EQ(alone.rgb.at(32, 32, 1), 0);
    EXPECT_EQ(alone.rgb.at(32, 32, 2), byte_of_linear(0.6F));

    TriangleMesh layered = square_with(glass);
    add_square(layered, -0.25F);
    Material green;
    green.base_colour = {0, 1, 0};
    layered.materials.push_back(green);
    layered.material_ids = {0, 0, 1, 1};
    const Rendering both = Renderer(layered).render(camera_at(0, 0, 0), options);
    EXPECT_NEAR(both.depth.at(32, 32), 2, 1e-5) << "the depth is the glass's";
    EXPECT_EQ(both.rgb.at(32, 32, 0), byte_of_linear(0.4F * 0.5F));
    EXPECT_EQ(both.rgb.at(32, 32, 1), byte_of_linear(0.6F * 0.5F));
    options.use_materials = false;
    EXPECT_EQ(Renderer(layered).render(camera_at(0, 0), options).rgb.at(32, 32, 2),
              byte_of_linear(0.5F * linear_from_srgb(0.72F)))
        << "clay is not transparent";
}

TEST(RendererTest, any_number_of_glass_layers_ends) {
    Material glass;
    glass.opacity = 0;
    TriangleMesh mesh;
    for (int i = 0; i < 100; ++i) {
        add_square(mesh, 0.01F * static_cast<float>(i) - 0.5F);
    }
    mesh.materials = {glass};
    const Rendering rendering = Renderer(mesh).render(camera_at(0, 0), options_with(studio_lighting(camera_at(0, 0))));
    EXPECT_EQ(rendering.mask.at(32, 32), 1);
}

TEST(RendererTest, vertex_colours_are_interpolated) {
    TriangleMesh mesh = square_with(Material{});
    mesh.material_ids.clear();
    mesh.vertex_colours = {{1, 0, 0}, {0, 1, 0}, {0, 1, 0}, {1, 0, 0}};
    const Rendering rendering = Renderer(mesh).render(camera_at(0, 0, 0, 80), options_with(ambient(0.5F)));
    EXPECT_NEAR(rendering.rgb.at(40, 40, 0), byte_of_linear(0.25F), 2);
    EXPECT_NEAR(rendering.rgb.at(40, 40, 1), byte_of_linear(0.25F), 2);
    EXPECT_GT(rendering.rgb.at(9, 40, 0), rendering.rgb.at(9, 40, 1));
}

TEST(RendererTest, smooth_shading_hides_the_facets) {
    TriangleMesh sphere = make_sphere(0.5F, 12, 24);
    compute_vertex_normals(sphere);
    const Camera camera = camera_at(20, 30, 0);
    const auto worst_normal = [&](bool smooth) {
        RenderOptions options = options_with(ambient(1));
        options.smooth_shading = smooth;
        const Rendering rendering = Renderer(sphere).render(camera, options);
        double worst = 1;
        for (int y = 16; y < 48; ++y) {
            for (int x = 16; x < 48; ++x) {
                const Vector3d in_plane((x + 0.5 - 32) / camera.fx, (y + 0.5 - 32) / camera.fy, 0);
                const double depth = -std::sqrt(0.25 - in_plane.squaredNorm());
                const Vector3d expected = (in_plane + Vector3d(0, 0, depth)).normalized();
                worst =
                    std::min(worst, expected.dot(Vector3d(rendering.normal.at(x, y, 0), rendering.normal.at(x, y, 1),
                                                          rendering.normal.at(x, y, 2))));
            }
        }
        return worst;
    };
    EXPECT_GT(worst_normal(true), 0.998);
    EXPECT_LT(worst_normal(false), 0.994);
}

TEST(RendererTest, normals_point_towards_the_camera) {
    TriangleMesh sphere = make_sphere(0.5F, 8, 9);
    compute_vertex_normals(sphere);
    for (const bool smooth : {false, true}) {
        RenderOptions options = options_with(ambient(1));
        options.smooth_shading = smooth;
        const Rendering rendering = Renderer(sphere).render(camera_at(15, 25, 0, 96), options);
        for (int i = 0; i < 96 * 96; ++i) {
            ASSERT_LE(rendering.normal.at(i % 96, i / 96, 2), 1e-3F);
        }
    }
}

TEST(RendererTest, occlusion_darkens_what_is_hemmed_in) {
    TriangleMesh mesh = make_box({1, 1, 1});
    mesh.triangles.erase(mesh.triangles.end() - 2, mesh.triangles.end());  // open towards +Z
    RenderOptions options = options_with(ambient(0.7F));
    const Renderer renderer(mesh);
    const int flat = centre_red(renderer.render(camera_at(0, 0), options));
    options.lighting.ambient_occlusion_radius = 2;
    options.lighting.ambient_occlusion_rays = 256;
    const Rendering hemmed = renderer.render(camera_at(0, 0), options);
    EXPECT_EQ(flat, byte_of_linear(0.7F * linear_from_srgb(0.72F)));
    // From the middle of the back wall the opening of a unit cube takes this share of the cosine-weighted sky.
    const float slant = std::sqrt(1.25F);
    const float share = 2 / (std::numbers::pi_v<float> * slant) * std::atan(0.5F / slant);
    EXPECT_NEAR(centre_red(hemmed), byte_of_linear(share * 0.7F * linear_from_srgb(0.72F)), 4);
}

TEST(RendererTest, background_fills_the_rest_and_can_be_taken_out) {
    RenderOptions options = options_with(ambient(0.6F), 4);
    options.background = {10, 200, 30};
    const Camera camera = camera_at(30, 20, 40, 48);
    const Rendering rendering = Renderer(make_sphere(0.5F, 32, 64)).render(camera, options);
    EXPECT_EQ(rendering.rgb.at(0, 0, 0), 10);
    EXPECT_EQ(rendering.rgb.at(0, 0, 1), 200);
    EXPECT_EQ(rendering.rgb.at(0, 0, 2), 30);
    const Image cut = with_alpha(rendering, options.background);
    ASSERT_EQ(cut.channels, 4);
    const int inside = byte_of_linear(0.6F * linear_from_srgb(0.72F));
    int edges = 0;
    for (int y = 0; y < 48; ++y) {
        for (int x = 0; x < 48; ++x) {
            const float coverage = rendering.mask.at(x, y);
            ASSERT_EQ(cut.at(x, y, 3), std::lround(255 * coverage));
            if (coverage > 0) {
                const int tolerance = static_cast<int>(1 + 0.5F / coverage);
                ASSERT_NEAR(cut.at(x, y, 0), inside, tolerance) << coverage;
                ASSERT_NEAR(cut.at(x, y, 1), inside, tolerance) << coverage;
            }
            edges += coverage > 0 && coverage < 1 ? 1 : 0;
        }
    }
    EXPECT_GT(edges, 40);
}

TEST(RendererTest, same_bits_for_any_number_of_threads) {
    TriangleMesh sphere = make_sphere(0.5F, 20, 30);
    compute_vertex_normals(sphere);
    const Renderer renderer(sphere);
    const Camera camera = camera_at(30, 20, 40, 61);
    RenderOptions options = options_with(studio_lighting(camera), 2);
    options.smooth_shading = true;
    set_thread_count(1);
    const Rendering one = renderer.render(camera, options);
    set_thread_count(2);
    const Rendering two = renderer.render(camera, options);
    std::vector<Rendering> nested(2);
    parallel_for(2, 1, [&](std::size_t begin, std::size_t) { nested[begin] = renderer.render(camera, options); });
    set_thread_count(0);
    const Rendering again = Renderer(sphere).render(camera, options);
    for (const Rendering& other : {two, nested[0], nested[1], again}) {
        EXPECT_EQ(one.rgb.pixels, other.rgb.pixels);
        EXPECT_EQ(one.mask.pixels, other.mask.pixels);
        EXPECT_EQ(one.depth.pixels, other.depth.pixels);
        EXPECT_EQ(one.normal.pixels, other.normal.pixels);
    }
}

TEST(RendererTest, refuses_what_cannot_be_rendered) {
    EXPECT_THROW(Renderer(TriangleMesh{}), InputError);
    EXPECT_THROW(Renderer(square_with(textured(Image(2, 2, 1)))), InputError);
    const Renderer renderer(make_box({1, 1, 1}));
    Camera camera = camera_at(0, 0);
    EXPECT_THROW(renderer.render(camera, options_with(ambient(1), 0)), UsageError);
    EXPECT_THROW(renderer.render(camera, options_with(ambient(1), 9)), UsageError);
    RenderOptions options = options_with(ambient(1));
    options.background = {1, 2};
    EXPECT_THROW(renderer.render(camera, options), UsageError);
    camera.fx = std::numeric_limits<double>::quiet_NaN();
    EXPECT_THROW(renderer.render(camera, options_with(ambient(1))), UsageError);
    EXPECT_THROW(renderer.render(Camera{}, options_with(ambient(1))), UsageError);
}

}  // namespace
}  // namespace maquette::render
