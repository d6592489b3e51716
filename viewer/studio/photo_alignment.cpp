#include "viewer/studio/photo_alignment.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "render/error.h"
#include "render/field_picture.h"
#include "render/image_operations.h"

namespace maquette::viewer {
namespace {

constexpr double degrees_per_pixel = 0.4;
constexpr double steepest = 89;
constexpr double zoom_per_notch = 1.06;
constexpr double smallest = 0.05;  // fraction of the crop that an object unit takes
constexpr double largest = 4;
constexpr double closest = 1.05;  // object units: before the unit box's corners
constexpr int overlap_size = 48;  // pixels

std::optional<recon::CropCamera> crop_camera(const render::Camera& camera) {
    try {
        return recon::crop_camera_of(camera);
    } catch (const Error&) {
        return std::nullopt;  // A calibrated camera that looks elsewhere.
    }
}

}  // namespace

void PhotoAlignment::turn(double dx, double dy) {
    camera.azimuth = std::remainder(camera.azimuth - dx * degrees_per_pixel, 360.0);
    camera.elevation = std::clamp(camera.elevation + dy * degrees_per_pixel, -steepest, steepest);
}

void PhotoAlignment::move(double dx, double dy, double side) {
    camera.centre_x = std::clamp(camera.centre_x + dx / std::max(side, 1.0), -0.5, 1.5);
    camera.centre_y = std::clamp(camera.centre_y + dy / std::max(side, 1.0), -0.5, 1.5);
}

void PhotoAlignment::resize(double notches) {
    camera.scale = std::clamp(camera.scale * std::pow(zoom_per_notch, notches), smallest, largest);
}

void PhotoAlignment::roll(double dx) {
    camera.roll = std::remainder(camera.roll - dx * degrees_per_pixel, 360.0);
}

void PhotoAlignment::approach(double notches) {
    camera.distance = std::clamp(camera.distance / std::pow(zoom_per_notch, notches), closest, recon::far_distance);
}

PhotoAlignment begin_alignment(const Inputs& inputs, std::size_t photo, std::span<const recon::View> found,
                               const render::VoxelGrid& field) {
    const PhotoInput& input = inputs.photos.at(photo);
    PhotoAlignment alignment{.photo = photo};
    if (input.camera) {
        alignment.camera = *input.camera;
        return alignment;
    }
    for (const recon::View& view : found) {
        if (view.name != input.view->name || !view.camera) continue;
        if (const auto camera = crop_camera(*view.camera)) {
            alignment.camera = *camera;
            return alignment;
        }
    }
    const recon::CropCamera usual{.azimuth = 30, .elevation = 15, .distance = recon::usual_distance};
    alignment.camera = input.direction.value_or(usual);
    if (!field.values.empty()) {
        alignment.camera = recon::framed_like(alignment.camera, recon::solid_cells(field), input.view->mask);
    }
    return alignment;
}

double overlap(const render::VoxelGrid& field, float threshold, const recon::CropCamera& camera,
               const render::FloatImage& mask) {
    render::VoxelGrid solid = field;
    for (float& value : solid.values) value = value >= threshold ? 1.0F : 0.0F;
    const auto drawn = render::picture_of_field(solid, recon::camera_of(camera, overlap_size)).coverage;
    const auto wanted = render::resize(mask, overlap_size, overlap_size);
    double both = 0;
    double either = 0;
    for (std::size_t i = 0; i < drawn.pixels.size(); ++i) {
        both += std::min(drawn.pixels[i], wanted.pixels[i]);
        either += std::max(drawn.pixels[i], wanted.pixels[i]);
    }
    return either > 0 ? both / either : 1;
}

}  // namespace maquette::viewer
