#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

#include "render/renderer.h"

namespace maquette::render {
namespace {

/// Numbers that are the same on every standard library, which std's distributions do not promise.
class Chance {
public:
    explicit Chance(std::uint64_t seed) : generator_(seed) {}

    float between(float low, float high) {
        return low + (high - low) * static_cast<float>(static_cast<double>(generator_() >> 11U) * 0x1p-53);
    }
    bool happens(float probability) { return between(0, 1) < probability; }

    /// On the part of the upper hemisphere above `lowest_sine`, uniform by area.
    Eigen::Vector3f upward_direction(float lowest_sine) {
        const float up = between(lowest_sine, 1);
        const float around = between(0, 2 * std::numbers::pi_v<float>);
        const float level = std::sqrt(std::max(0.0F, 1 - up * up));
        return {level * std::sin(around), up, level * std::cos(around)};
    }

    /// A colour between warm and cool with a mean of 1.
    Eigen::Vector3f tint(float strength) {
        const float warmth = between(-strength, strength);
        const float green = between(-strength, strength) / 3;
        const Eigen::Vector3f colour(1 + warmth, 1 + green, 1 - warmth);
        return colour / colour.mean();
    }

private:
    std::mt19937_64 generator_;
};

}  // namespace

Lighting studio_lighting(const Camera& camera) {
    const Eigen::Matrix3f object_from_cam = camera.cam_from_object.linear().transpose().cast<float>();
    const auto from_camera = [&](float x, float y, float z) {
        return Eigen::Vector3f(object_from_cam * Eigen::Vector3f(x, y, z).normalized());
    };
    Lighting lighting;
    lighting.sky = {0.36F, 0.37F, 0.39F};
    lighting.ground = {0.21F, 0.2F, 0.19F};
    lighting.lights = {{from_camera(-0.6F, -0.85F, -0.75F), {0.74F, 0.72F, 0.68F}, true},
                       {from_camera(0.9F, -0.25F, -0.7F), {0.13F, 0.14F, 0.16F}, false}};
    lighting.ambient_occlusion_radius = 0.3F;
    lighting.ambient_occlusion_rays = 4;
    return lighting;
}

Lighting random_lighting(std::uint64_t seed) {
    Chance chance(seed);
    // `exposure` is what a white surface square to the key light sends back.
    const float exposure = chance.between(0.75F, 1.2F);
    const float ambient_share = chance.between(0.3F, 0.75F);
    Lighting lighting;
    lighting.sky = exposure * ambient_share * chance.tint(0.08F);
    lighting.ground = exposure * ambient_share * chance.between(0.45F, 0.9F) * chance.tint(0.06F);

    float direct = exposure * (1 - ambient_share);
    const Eigen::Vector3f sun = chance.upward_direction(0.12F);
    const bool has_second = chance.happens(0.35F);
    const float second_share = chance.between(0.15F, 0.45F);
    const Eigen::Vector3f second = chance.upward_direction(0.0F);
    if (has_second) {
        lighting.lights.push_back({second, direct * second_share * chance.tint(0.15F), chance.happens(0.5F)});
        direct *= 1 - second_share / 2;
    }
    lighting.lights.insert(lighting.lights.begin(), {sun, direct * chance.tint(0.1F), true});
    return lighting;
}

}  // namespace maquette::render
