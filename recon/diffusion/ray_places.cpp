#include "recon/diffusion/ray_places.h"

#include <ATen/Functions.h>
#include <fmt/format.h>

#include "render/error.h"
#include "render/field_march.h"
#include "render/grid.h"

namespace maquette::recon::diffusion {

RayPlaces ray_places(const render::Camera& camera, int size, int samples) {
    if (camera.projection != render::Camera::Projection::perspective || camera.width != camera.height || size < 1 ||
        samples < 1) {
        throw UsageError(fmt::format(
            "rays of a picture of {}x{} were asked for as {} with {} samples; a square perspective camera, 1 pixel and "
            "1 sample are the least",
            camera.width, camera.height, size, samples));
    }
    const auto pinhole = render::pinhole_of(camera.resized(size, size));
    const auto range = render::depth_range(camera, render::default_grid_side);
    const auto pixels = static_cast<std::int64_t>(size) * size;
    RayPlaces result;
    result.places = at::empty({pixels, samples, 3}, torch::kFloat32);
    float* to = result.places.data_ptr<float>();
    for (std::int64_t pixel = 0; pixel < pixels; ++pixel) {
        const render::kernels::RaySamples ray(pinhole, size, pixel, range.nearest, range.farthest, samples);
        for (int i = 0; i < samples; ++i, to += 3) ray.place(ray.depth(i), to);
    }
    result.inside = (result.places.abs() <= render::default_grid_side / 2).all(2);
    return result;
}

}  // namespace maquette::recon::diffusion
