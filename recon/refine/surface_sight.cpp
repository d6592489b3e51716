#include "recon/refine/surface_sight.h"

#include <algorithm>

#include "render/image_operations.h"

namespace maquette::recon {
namespace {

constexpr float ray_offset = 0.015F;  // object units: a point does not hide itself
constexpr float inside_mask = 0.95F;  // coverage around a pixel whose colour is the object's alone

Eigen::Vector3f colour_at(const render::Image& rgb, double pixel_x, double pixel_y) {
    const double x = std::clamp(pixel_x - 0.5, 0.0, rgb.width - 1.0);
    const double y = std::clamp(pixel_y - 0.5, 0.0, rgb.height - 1.0);
    const int x0 = std::min(static_cast<int>(x), rgb.width - 2);
    const int y0 = std::min(static_cast<int>(y), rgb.height - 2);
    const auto fx = static_cast<float>(x - x0);
    const auto fy = static_cast<float>(y - y0);
    Eigen::Vector3f colour;
    for (int c = 0; c < 3; ++c) {
        const float top =
            (1 - fx) * static_cast<float>(rgb.at(x0, y0, c)) + fx * static_cast<float>(rgb.at(x0 + 1, y0, c));
        const float bottom =
            (1 - fx) * static_cast<float>(rgb.at(x0, y0 + 1, c)) + fx * static_cast<float>(rgb.at(x0 + 1, y0 + 1, c));
        colour[c] = ((1 - fy) * top + fy * bottom) / 255;
    }
    return colour;
}

/// What one view shows of a point, added to what others did. inner: the view's mask without its border.
void look(const View& view, const render::FloatImage& inner, const render::RayCaster& caster,
          const Eigen::Vector3f& point, const Eigen::Vector3f& normal, Sighting& sighting) {
    const auto pixel = view.camera->project(point.cast<double>());
    if (!pixel || pixel->x() < 0 || pixel->y() < 0 || pixel->x() >= view.mask.width || pixel->y() >= view.mask.height) {
        return;
    }
    const auto ray = view.camera->ray(pixel->x(), pixel->y());
    const Eigen::Vector3f towards = -ray.direction_in_object.cast<float>();
    const float facing = normal.dot(towards);
    const int x = static_cast<int>(pixel->x());
    const int y = static_cast<int>(pixel->y());
    if (facing < grazing_cosine || view.mask.at(x, y) < 0.5F) return;
    // An orthographic camera may stand inside the object: what is between counts, however far.
    const float distance = view.camera->projection == render::Camera::Projection::perspective
                               ? (view.camera->centre_in_object().cast<float>() - point).norm() - ray_offset
                               : 4;
    if (caster.occluded(point + ray_offset * normal, towards, distance)) return;
    sighting.facing = std::max(sighting.facing, facing);
    if (inner.at(x, y) < inside_mask) return;
    const float weight = view.weight * facing * facing;
    sighting.colour += weight * colour_at(view.rgb, pixel->x(), pixel->y());
    sighting.weight += weight;
}

}  // namespace

SurfaceSight::SurfaceSight(const render::RayCaster& caster, std::span<const View> views) : caster_(&caster) {
    for (const View& view : views) {
        if (!view.camera || !(view.weight > 0)) continue;
        views_.push_back({&view, render::eroded(view.mask, std::max(view.mask.width / view_size, 1))});
    }
}

Sighting SurfaceSight::at(const Eigen::Vector3f& point, const Eigen::Vector3f& normal) const {
    Sighting sighting;
    for (const auto& [view, inner] : views_) look(*view, inner, *caster_, point, normal, sighting);
    return sighting;
}

}  // namespace maquette::recon
