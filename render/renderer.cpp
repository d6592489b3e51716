#include "render/renderer.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "render/colour_space.h"
#include "render/error.h"
#include "render/parallel.h"
#include "render/traced_scene.h"

namespace maquette::render {
namespace {

constexpr std::size_t rows_at_a_time = 4;

std::uint8_t to_byte(float value_0_to_255) {
    return static_cast<std::uint8_t>(std::lround(std::clamp(value_0_to_255, 0.0F, 255.0F)));
}

void require_background(const std::vector<std::uint8_t>& background) {
    if (background.size() != 3) {
        throw UsageError(fmt::format("background has {} values; give red, green and blue", background.size()));
    }
}

/// Camera::ray for many pixels: everything that does not depend on the pixel is worked out once.
class RayFan {
public:
    RayFan(const Camera& camera, int samples_per_axis)
        : perspective_(camera.projection == Camera::Projection::perspective),
          right_(camera.cam_from_object.linear().row(0)),
          down_(camera.cam_from_object.linear().row(1)),
          forward_(camera.cam_from_object.linear().row(2)),
          centre_(camera.centre_in_object()),
          camera_(camera) {
        const auto pixel = static_cast<float>(1 / (std::min(camera.fx, camera.fy) * samples_per_axis));
        footprint_ = perspective_ ? 0 : pixel;
        footprint_growth_ = perspective_ ? pixel : 0;
    }

    [[nodiscard]] TracedScene::ViewRay through(double pixel_x, double pixel_y) const {
        const Eigen::Vector3d across =
            (pixel_x - camera_.cx) / camera_.fx * right_ + (pixel_y - camera_.cy) / camera_.fy * down_;
        TracedScene::ViewRay ray{};
        if (perspective_) {
            ray.origin = centre_.cast<float>();
            ray.direction = (across + forward_).normalized().cast<float>();
        } else {
            ray.origin = (centre_ + across).cast<float>();
            ray.direction = forward_.cast<float>();
        }
        ray.footprint = footprint_;
        ray.footprint_growth = footprint_growth_;
        return ray;
    }

    [[nodiscard]] double depth(const TracedScene::ViewRay& ray, float distance) const {
        return distance * ray.direction.cast<double>().dot(forward_);
    }

private:
    bool perspective_;
    Eigen::Vector3d right_;
    Eigen::Vector3d down_;
    Eigen::Vector3d forward_;
    Eigen::Vector3d centre_;
    const Camera& camera_;
    float footprint_ = 0;
    float footprint_growth_ = 0;
};

/// Sums over the samples of a pixel that hit something.
struct PixelSum {
    int hits = 0;
    double depth = 0;
    Eigen::Vector3f colour = Eigen::Vector3f::Zero();
    Eigen::Vector3f normal = Eigen::Vector3f::Zero();
    Eigen::Vector3f first_normal = Eigen::Vector3f::Zero();

    void add(const TracedScene::Seen& seen, double seen_depth) {
        first_normal = hits == 0 ? seen.normal : first_normal;
        ++hits;
        depth += seen_depth;
        colour += seen.colour;
        normal += seen.normal;
    }
};

void require_usable(const Camera& camera, const RenderOptions& options) {
    if (camera.width < 1 || camera.height < 1) {
        throw UsageError(
            fmt::format("cannot render {}x{} pixels; both sides must be 1 or more", camera.width, camera.height));
    }
    if (!(camera.fx > 0 && camera.fy > 0) || !std::isfinite(camera.fx + camera.fy + camera.cx + camera.cy) ||
        !camera.cam_from_object.matrix().allFinite()) {
        throw UsageError(fmt::format("camera with focal lengths {} and {} and principal point ({}, {}) is not usable",
                                     camera.fx, camera.fy, camera.cx, camera.cy));
    }
    if (options.samples_per_axis < 1 || options.samples_per_axis > 8) {
        throw UsageError(fmt::format("{} samples per axis; use 1 to 8", options.samples_per_axis));
    }
    require_background(options.background);
}

}  // namespace

struct Renderer::Impl {
    TracedScene scene;
};

Renderer::Renderer(TriangleMesh mesh) : impl_(std::make_unique<Impl>(Impl{TracedScene(std::move(mesh))})) {}
Renderer::~Renderer() = default;
Renderer::Renderer(Renderer&&) noexcept = default;
Renderer& Renderer::operator=(Renderer&&) noexcept = default;

const TriangleMesh& Renderer::mesh() const {
    return impl_->scene.mesh();
}

Rendering Renderer::render(const Camera& camera, const RenderOptions& options) const {
    require_usable(camera, options);
    const int samples = options.samples_per_axis;
    const RayFan fan(camera, samples);
    const Eigen::Matrix3f cam_from_object = camera.cam_from_object.linear().cast<float>();
    const std::vector<std::uint8_t>& background = options.background;
    const TracedScene::Style style{
        options.lighting, options.use_materials, options.smooth_shading,
        Eigen::Vector3f(linear_from_srgb_byte(background[0]), linear_from_srgb_byte(background[1]),
                        linear_from_srgb_byte(background[2]))};
    Rendering result{Image(camera.width, camera.height, 3), FloatImage(camera.width, camera.height, 1),
                     FloatImage(camera.width, camera.height, 1), FloatImage(camera.width, camera.height, 3)};

    const auto sum_over_pixel = [&](int x, int y) {
        PixelSum sum;
        for (int sample = 0; sample < samples * samples; ++sample) {
            const int column = sample % samples;
            const int row = sample / samples;
            TracedScene::ViewRay ray = fan.through(x + (column + 0.5) / samples, y + (row + 0.5) / samples);
            ray.pixel = static_cast<std::uint32_t>(y) * 65536U + static_cast<std::uint32_t>(x);
            ray.sample = sample;
            const TracedScene::Seen seen = impl_->scene.trace(ray, style);
            if (seen.hit) {
                sum.add(seen, fan.depth(ray, seen.distance));
            }
        }
        return sum;
    };
    const auto render_pixel = [&](int x, int y) {
        const PixelSum sum = sum_over_pixel(x, y);
        // Light is averaged in linear space over what was hit; the coverage blends in sRGB, as everything that lays
        // pictures with alpha over a background does.
        const float coverage = static_cast<float>(sum.hits) / static_cast<float>(samples * samples);
        for (int channel = 0; channel < 3; ++channel) {
            float value = background[channel];
            if (sum.hits > 0) {
                const float light = sum.colour[channel] / static_cast<float>(sum.hits);
                value += coverage * (255 * srgb_from_linear(light) - value);
            }
            result.rgb.at(x, y, channel) = to_byte(value);
        }
        if (sum.hits == 0) {
            return;
        }
        result.mask.at(x, y) = coverage;
        result.depth.at(x, y) = static_cast<float>(sum.depth / sum.hits);
        const bool cancels = sum.normal.norm() < 1e-3F * static_cast<float>(sum.hits);
        const Eigen::Vector3f normal = cam_from_object * (cancels ? sum.first_normal : sum.normal).normalized();
        for (int channel = 0; channel < 3; ++channel) {
            result.normal.at(x, y, channel) = normal[channel];
        }
    };
    parallel_for(static_cast<std::size_t>(camera.height), rows_at_a_time, [&](std::size_t begin, std::size_t end) {
        for (auto y = static_cast<int>(begin); y < static_cast<int>(end); ++y) {
            for (int x = 0; x < camera.width; ++x) {
                render_pixel(x, y);
            }
        }
    });
    return result;
}

Image with_alpha(const Rendering& rendering, const std::vector<std::uint8_t>& background) {
    require_background(background);
    Image result(rendering.rgb.width, rendering.rgb.height, 4);
    for (int y = 0; y < result.height; ++y) {
        for (int x = 0; x < result.width; ++x) {
            const float coverage = rendering.mask.at(x, y);
            for (int channel = 0; channel < 3; ++channel) {
                const float blended = rendering.rgb.at(x, y, channel);
                const float behind = background[channel];
                result.at(x, y, channel) = to_byte(coverage > 0 ? behind + (blended - behind) / coverage : blended);
            }
            result.at(x, y, 3) = to_byte(255 * coverage);
        }
    }
    return result;
}

}  // namespace maquette::render
