#include <benchmark/benchmark.h>

#include <algorithm>

#include "render/camera.h"
#include "render/grid.h"
#include "render/ray_caster.h"
#include "render/renderer.h"
#include "render/surface_extraction.h"
#include "render/triangle_mesh.h"
#include "render/voxelize.h"

namespace maquette::render {
namespace {

constexpr int rings = 100;
constexpr int segments = 100;

const TriangleMesh& sphere() {
    static const TriangleMesh mesh = make_sphere(0.5F, rings, segments);
    return mesh;
}

VoxelGrid ball(int resolution) {
    VoxelGrid grid(resolution);
    for (int z = 0; z < resolution; ++z) {
        for (int y = 0; y < resolution; ++y) {
            for (int x = 0; x < resolution; ++x) {
                const float distance = grid.centre(x, y, z).norm() - 0.45F;
                grid.at(x, y, z) = std::clamp(0.5F - distance / static_cast<float>(grid.cell()), 0.0F, 1.0F);
            }
        }
    }
    return grid;
}

void build_ray_caster(benchmark::State& state) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(RayCaster(sphere()));
    }
    state.counters["triangles"] = static_cast<double>(sphere().triangles.size());
}
BENCHMARK(build_ray_caster)->Unit(benchmark::kMillisecond);

void cast_rays(benchmark::State& state) {
    const RayCaster caster(sphere());
    const Camera camera = orbit_camera({.azimuth = 30, .elevation = 20}, 128, 128);
    for (auto _ : state) {
        for (int y = 0; y < camera.height; ++y) {
            for (int x = 0; x < camera.width; ++x) {
                const Camera::Ray ray = camera.ray(x + 0.5, y + 0.5);
                benchmark::DoNotOptimize(
                    caster.cast(ray.origin_in_object.cast<float>(), ray.direction_in_object.cast<float>()));
            }
        }
    }
    state.SetItemsProcessed(state.iterations() * camera.width * camera.height);
}
BENCHMARK(cast_rays)->Unit(benchmark::kMillisecond);

void render_view(benchmark::State& state) {
    const Renderer renderer(sphere());
    const auto size = static_cast<int>(state.range(0));
    const Camera camera = orbit_camera({.azimuth = 30, .elevation = 20}, size, size);
    const RenderOptions options{.lighting = studio_lighting(camera)};
    for (auto _ : state) {
        benchmark::DoNotOptimize(renderer.render(camera, options));
    }
}
BENCHMARK(render_view)->Arg(128)->Arg(512)->Unit(benchmark::kMillisecond)->UseRealTime();

void voxelise(benchmark::State& state) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(voxelize(sphere(), static_cast<int>(state.range(0))));
    }
}
BENCHMARK(voxelise)->Arg(32)->Arg(64)->Unit(benchmark::kMillisecond)->UseRealTime();

void signed_distance_grid(benchmark::State& state) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(signed_distance(sphere(), static_cast<int>(state.range(0)), 0.125F));
    }
}
BENCHMARK(signed_distance_grid)->Arg(32)->Arg(64)->Unit(benchmark::kMillisecond)->UseRealTime();

void marching_cubes(benchmark::State& state) {
    const VoxelGrid grid = ball(static_cast<int>(state.range(0)));
    std::size_t triangles = 0;
    for (auto _ : state) {
        triangles = extract_surface(grid, 0.5F).triangles.size();
    }
    state.counters["triangles"] = static_cast<double>(triangles);
}
BENCHMARK(marching_cubes)->Arg(32)->Arg(64)->Arg(128)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace maquette::render
