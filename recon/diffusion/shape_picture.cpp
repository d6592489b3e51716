#include "recon/diffusion/shape_picture.h"

#include <ATen/Functions.h>
#include <fmt/format.h>

#include <algorithm>

#include "recon/diffusion/novel_view_model.h"
#include "recon/refine/surface_evidence.h"
#include "render/error.h"
#include "render/parallel.h"
#include "render/ray_caster.h"
#include "render/surface_extraction.h"

namespace maquette::recon::diffusion {
namespace {

constexpr int surface_resolution = 64;  // cells a side: about one for each pixel
constexpr int smoothing_pairs = 8;
constexpr int samples_per_axis = 3;  // of a pixel

/// Red, green, blue and mask of a pixel, 0..1, over white.
Eigen::Vector4f seen_through(const render::TriangleMesh& mesh, const render::RayCaster& caster,
                             const render::Camera& camera, int x, int y) {
    Eigen::Vector4f sum = Eigen::Vector4f::Zero();
    for (int sample = 0; sample < samples_per_axis * samples_per_axis; ++sample) {
        const double across = (sample % samples_per_axis + 0.5) / samples_per_axis;
        const double down = (sample / samples_per_axis + 0.5) / samples_per_axis;
        const auto ray = camera.ray(x + across, y + down);
        const auto hit = caster.cast(ray.origin_in_object.cast<float>(), ray.direction_in_object.cast<float>());
        if (hit.triangle < 0) {
            sum += Eigen::Vector4f(1, 1, 1, 0);
            continue;
        }
        const Eigen::Vector3i& corners = mesh.triangles[static_cast<std::size_t>(hit.triangle)];
        const auto colour = [&](int corner) { return mesh.vertex_colours[static_cast<std::size_t>(corners[corner])]; };
        const Eigen::Vector3f mixed = (1 - hit.u - hit.v) * colour(0) + hit.u * colour(1) + hit.v * colour(2);
        sum += Eigen::Vector4f(mixed.x(), mixed.y(), mixed.z(), 1);
    }
    return sum / (samples_per_axis * samples_per_axis);
}

}  // namespace

render::TriangleMesh coloured_shape(const render::VoxelGrid& occupancy, float threshold, std::span<const View> photos) {
    render::TriangleMesh mesh = render::extract_surface(render::resampled(occupancy, surface_resolution), threshold);
    if (mesh.empty()) {
        throw UsageError(
            fmt::format("no cell of the shape reaches {}: there is nothing to render; lower the threshold", threshold));
    }
    render::smooth_taubin(mesh, smoothing_pairs);
    render::compute_vertex_normals(mesh);
    mesh.vertex_colours = surface_evidence(mesh, photos).colours;
    return mesh;
}

torch::Tensor pictures_of_shape(const render::TriangleMesh& mesh, std::span<const render::Camera> cameras, int size) {
    const render::RayCaster caster(mesh);
    const auto n = static_cast<std::int64_t>(cameras.size());
    auto pictures = at::empty({n, picture_channels, size, size}, torch::kFloat32);
    const auto pixels = static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
    for (std::int64_t row = 0; row < n; ++row) {
        const render::Camera camera = cameras[static_cast<std::size_t>(row)].resized(size, size);
        float* planes = pictures[row].data_ptr<float>();
        render::parallel_for(pixels, 64, [&](std::size_t begin, std::size_t end) {
            for (std::size_t pixel = begin; pixel < end; ++pixel) {
                const Eigen::Vector4f seen =
                    seen_through(mesh, caster, camera, static_cast<int>(pixel) % size, static_cast<int>(pixel) / size);
                for (std::size_t c = 0; c < picture_channels; ++c) {
                    planes[c * pixels + pixel] = 2 * seen[static_cast<Eigen::Index>(c)] - 1;
                }
            }
        });
    }
    return pictures;
}

}  // namespace maquette::recon::diffusion
