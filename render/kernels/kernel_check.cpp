// Runs every kernel on the CPU and, where there is one, on the GPU, and compares. Needs no LibTorch: for machines that
// have a GPU and nothing else.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <random>
#include <string>
#include <vector>

#include "render/kernels/array.h"
#include "render/kernels/parallel_for.h"

namespace maquette::render::kernels {
namespace {

constexpr int resolution = 32;
constexpr int size = 64;
constexpr int channels = 8;
constexpr int points = 20000;
constexpr std::size_t cells = std::size_t{resolution} * resolution * resolution;
constexpr std::size_t pixels = std::size_t{size} * size;

std::vector<float> random_values(std::size_t count, unsigned seed, float low, float high) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> values(low, high);
    std::vector<float> result(count);
    for (float& value : result) value = values(random);
    return result;
}

PinholeCamera camera() {
    PinholeCamera c{};
    c.rotation[0] = c.rotation[4] = c.rotation[8] = 1;
    c.translation[2] = 2;
    c.fx = c.fy = 1.5F * size;
    c.cx = c.cy = 0.5F * size;
    return c;
}

/// Everything the kernels read and write, at one place.
struct Workspace {
    explicit Workspace(Device device)
        : place{device, 0},
          field(random_values(cells, 1, -4, 2), device),
          occupancy(random_values(cells, 2, 0.01F, 0.4F), device),
          features(random_values(channels * pixels, 3, -1, 1), device),
          volume(random_values(channels * cells, 4, -1, 1), device),
          where(random_values(std::size_t{3} * points, 5, -0.55F, 0.55F), device),
          gradients(random_values(channels * cells, 6, -1, 1), device),
          projections(std::vector<float>{1.5F, 0, 0.5F, 1, 0, 1.5F, 0.5F, 1, 0, 0, 1, 2}, device),
          out(channels * cells, device),
          second(channels * cells, device),
          nearest(points, device),
          sums(channels * cells, device) {}

    Place place;
    Array<float> field, occupancy, features, volume, where, gradients, projections, out, second;
    Array<int> nearest;
    Array<long long> sums;
};

template <class Kernel>
std::vector<float> values_of(Workspace& w, const Kernel& kernel, std::size_t count) {
    parallel_for(kernel, static_cast<long long>(count), w.place);
    auto result = w.out.values();
    const auto second = w.second.values();
    result.insert(result.end(), second.begin(), second.end());
    return result;
}

template <class Kernel>
std::vector<float> sums_of(Workspace& w, const Kernel& kernel, std::size_t count) {
    parallel_for(kernel, static_cast<long long>(count), w.place);
    parallel_for(ReadSums{w.sums.data(), w.out.data()}, static_cast<long long>(w.out.size()), w.place);
    return w.out.values();
}

struct Check {
    const char* name;
    std::vector<float> (*run)(Workspace&);
};

RayMarch ray_march(Workspace& w) {
    return {{w.occupancy.data(), resolution, 1.0F}, camera(), size, 64, 1.1F, 2.9F, w.out.data(), w.second.data()};
}

SilhouetteMarch silhouette_march(Workspace& w) {
    return {{w.field.data(), resolution, 1.0F}, -20.0F, camera(), size, 64, 1.1F, 2.9F, w.out.data(), w.second.data()};
}

Pictures pictures(Workspace& w) {
    return {channels, size, size, w.projections.data()};
}

const std::vector<Check>& checks() {
    static const std::vector<Check> all = {
        {"lifting",
         [](Workspace& w) {
             return values_of(w, LiftFeatures{pictures(w), w.features.data(), resolution, 1.0F, w.out.data()}, cells);
         }},
        {"lifting, backward",
         [](Workspace& w) {
             return sums_of(w, LiftFeaturesBackward{pictures(w), resolution, 1.0F, w.gradients.data(), {w.sums.data()}},
                            cells);
         }},
        {"point sampling",
         [](Workspace& w) {
             return values_of(
                 w, SamplePoints{{w.volume.data(), channels, resolution, 1.0F}, w.where.data(), points, w.out.data()},
                 points);
         }},
        {"point sampling, backward to points",
         [](Workspace& w) {
             return values_of(w,
                              SamplePointsBackwardToPoints{{w.volume.data(), channels, resolution, 1.0F},
                                                           w.where.data(),
                                                           w.gradients.data(),
                                                           points,
                                                           w.out.data()},
                              points);
         }},
        {"point sampling, backward to the volume",
         [](Workspace& w) {
             return sums_of(
                 w,
                 SamplePointsBackwardToVolume{
                     channels, resolution, 1.0F, w.where.data(), w.gradients.data(), points, {w.sums.data()}},
                 points);
         }},
        {"ray march", [](Workspace& w) { return values_of(w, ray_march(w), pixels); }},
        {"ray march, backward",
         [](Workspace& w) {
             const RayMarch forward = ray_march(w);
             parallel_for(forward, pixels, w.place);
             return sums_of(w,
                            RayMarchBackward{forward, w.gradients.data(), w.gradients.data() + pixels, {w.sums.data()}},
                            pixels);
         }},
        {"silhouette march", [](Workspace& w) { return values_of(w, silhouette_march(w), pixels); }},
        {"silhouette march, backward",
         [](Workspace& w) {
             return sums_of(w, SilhouetteMarchBackward{silhouette_march(w), w.gradients.data(), {w.sums.data()}},
                            pixels);
         }},
        {"nearest point",
         [](Workspace& w) {
             return values_of(w, NearestPoint{w.where.data(), w.volume.data(), 4000, w.out.data(), w.nearest.data()},
                              points);
         }},
        {"nearest point, backward",
         [](Workspace& w) {
             parallel_for(NearestPoint{w.where.data(), w.volume.data(), 4000, w.second.data(), w.nearest.data()},
                          points, w.place);
             return sums_of(w,
                            NearestPointBackward{w.where.data(),
                                                 w.volume.data(),
                                                 w.nearest.data(),
                                                 w.gradients.data(),
                                                 w.second.data(),
                                                 {w.sums.data()}},
                            points);
         }},
    };
    return all;
}

std::vector<float> timed(const Check& check, Device device, double& milliseconds) {
    (void)[&] {
        Workspace warm(device);
        return check.run(warm);
    }
    ();
    Workspace workspace(device);
    const auto start = std::chrono::steady_clock::now();
    auto result = check.run(workspace);
    milliseconds = 1e3 * std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return result;
}

/// 0 when all agree. Without a GPU the CPU runs alone.
int run() {
    constexpr float tolerance = 2e-3F;
    const bool gpu = cuda_device_count() > 0;
    fmt::print("GPU: {}\n", describe_cuda());
    int failures = 0;
    for (const Check& check : checks()) {
        double on_cpu = 0;
        const auto cpu = timed(check, Device::cpu, on_cpu);
        if (std::any_of(cpu.begin(), cpu.end(), [](float value) { return !std::isfinite(value); })) {
            fmt::print("{:<40} CPU: not finite\n", check.name);
            ++failures;
            continue;
        }
        if (!gpu) {
            fmt::print("{:<40} CPU {:8.2f} ms\n", check.name, on_cpu);
            continue;
        }
        double on_gpu = 0;
        const auto cuda = timed(check, Device::cuda, on_gpu);
        float worst = 0;
        for (std::size_t i = 0; i < cpu.size(); ++i) {
            worst = std::max(worst, std::abs(cpu[i] - cuda[i]) / std::max(1.0F, std::abs(cpu[i])));
        }
        const bool agree = worst <= tolerance;
        fmt::print("{:<40} CPU {:8.2f} ms  GPU {:8.2f} ms  difference {:.1e}{}\n", check.name, on_cpu, on_gpu, worst,
                   agree ? "" : "  DISAGREE");
        failures += agree ? 0 : 1;
    }
    fmt::print("{}\n", failures > 0 ? "failed" : gpu ? "CPU and GPU agree" : "the CPU ran; nothing was compared");
    return failures > 0 ? 1 : 0;
}

}  // namespace
}  // namespace maquette::render::kernels

int main() {
    try {
        return maquette::render::kernels::run();
    } catch (const std::exception& error) {
        fmt::print(stderr, "kernel_check: {}\n", error.what());
        return 1;
    }
}
