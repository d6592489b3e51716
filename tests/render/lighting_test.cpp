#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "render/renderer.h"

namespace maquette::render {
namespace {

Camera small_camera(double azimuth) {
    return orbit_camera({azimuth, 20, 0, 40, 0}, 24, 24);
}

/// Red of every covered pixel of a white sphere, in rising order.
std::vector<int> white_sphere_under(const Lighting& lighting, const Camera& camera) {
    TriangleMesh sphere = make_sphere(0.5F, 24, 48);
    sphere.materials.emplace_back();
    sphere.materials[0].base_colour = {0.9F, 0.9F, 0.9F};
    sphere.material_ids.assign(sphere.triangles.size(), 0);
    RenderOptions options;
    options.samples_per_axis = 1;
    options.lighting = lighting;
    const Rendering rendering = Renderer(sphere).render(camera, options);
    std::vector<int> values;
    for (int y = 0; y < camera.height; ++y) {
        for (int x = 0; x < camera.width; ++x) {
            if (rendering.mask.at(x, y) == 1) {
                values.push_back(rendering.rgb.at(x, y));
            }
        }
    }
    std::sort(values.begin(), values.end());
    return values;
}

TEST(LightingTest, random_lighting_is_never_black_or_burnt_out) {
    int darkest = 255;
    int brightest = 0;
    for (std::uint64_t seed = 0; seed < 120; ++seed) {
        const auto values = white_sphere_under(random_lighting(seed), small_camera(static_cast<double>(37 * seed)));
        const int median = values[values.size() / 2];
        EXPECT_GT(values.front(), 60) << seed;
        EXPECT_LT(values.back(), 254) << seed;
        EXPECT_GT(median, 90) << seed;
        EXPECT_LT(median, 245) << seed;
        darkest = std::min(darkest, median);
        brightest = std::max(brightest, median);
    }
    EXPECT_GT(brightest - darkest, 50) << "pictures differ in brightness";
}

TEST(LightingTest, random_lighting_varies_and_repeats) {
    std::set<std::size_t> counts;
    std::set<float> azimuths;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        const Lighting lighting = random_lighting(seed);
        const Lighting again = random_lighting(seed);
        ASSERT_GE(lighting.lights.size(), 1U);
        EXPECT_TRUE(lighting.lights[0].casts_shadow);
        EXPECT_EQ(lighting.sky, again.sky);
        EXPECT_EQ(lighting.lights[0].towards_light_in_object, again.lights[0].towards_light_in_object);
        for (const DirectionalLight& light : lighting.lights) {
            EXPECT_NEAR(light.towards_light_in_object.norm(), 1, 1e-5);
            EXPECT_GE(light.towards_light_in_object.y(), 0);
            EXPECT_GT(light.radiance.minCoeff(), 0);
        }
        counts.insert(lighting.lights.size());
        azimuths.insert(
            std::atan2(lighting.lights[0].towards_light_in_object.x(), lighting.lights[0].towards_light_in_object.z()));
    }
    EXPECT_EQ(counts, (std::set<std::size_t>{1, 2}));
    EXPECT_EQ(azimuths.size(), 50U);
    EXPECT_LT(*azimuths.begin(), -2.5F);
    EXPECT_GT(*azimuths.rbegin(), 2.5F);
}

TEST(LightingTest, studio_key_light_comes_over_the_left_shoulder_whatever_the_view) {
    for (const double azimuth : {0.0, 90.0, 200.0}) {
        const Camera camera = small_camera(azimuth);
        const Lighting lighting = studio_lighting(camera);
        ASSERT_EQ(lighting.lights.size(), 2U);
        const Eigen::Vector3d key =
            camera.cam_from_object.linear() * lighting.lights[0].towards_light_in_object.cast<double>();
        EXPECT_LT(key.x(), -0.2);
        EXPECT_LT(key.y(), -0.2);
        EXPECT_LT(key.z(), -0.2);
        EXPECT_TRUE(lighting.lights[0].casts_shadow);
        EXPECT_GT(lighting.lights[0].radiance.minCoeff(), 3 * lighting.lights[1].radiance.maxCoeff());
        const auto values = white_sphere_under(lighting, camera);
        EXPECT_GT(values.front(), 80);
        EXPECT_LT(values.back(), 254);
        EXPECT_GT(values.back() - values.front(), 60) << "enough contrast to see the shape";
    }
}

}  // namespace
}  // namespace maquette::render
