#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <string>

#include "recon/refine/refinement_network.h"
#include "recon/refine/wallace2019.h"
#include "recon/refine/wallace2019_network.h"

namespace maquette::recon {
namespace {

/// Positions at which each kernel of the prior encoder and the generator is applied; dense layers: once.
const std::map<std::string, double> kernel_positions = {{"prior.conv1.weight", 16 * 16 * 16},
                                                        {"prior.conv2.weight", 8 * 8 * 8},
                                                        {"prior.conv3.weight", 4 * 4 * 4},
                                                        {"prior.dense1.weight", 1},
                                                        {"prior.dense2.weight", 1},
                                                        {"generator.dense.weight", 1},
                                                        {"generator.deconv1.weight", 4 * 4 * 4},
                                                        {"generator.deconv2.weight", 8 * 8 * 8},
                                                        {"generator.deconv3.weight", 16 * 16 * 16}};

/// Two operations for each multiply-add of one refinement step.
double step_operations() {
    double operations = 0;
    for (const ParameterShape& parameter : wallace2019::parameter_shapes()) {
        const auto positions = kernel_positions.find(parameter.name);
        if (positions == kernel_positions.end()) {
            continue;
        }
        double elements = 1;
        for (const std::int64_t size : parameter.shape) {
            elements *= static_cast<double>(size);
        }
        operations += 2 * elements * positions->second;
    }
    return operations;
}

std::unique_ptr<RefinementNetwork> random_network() {
    const std::filesystem::path file =
        std::filesystem::temp_directory_path() / ("maquette-bench-" + std::to_string(getpid()) + ".safetensors");
    save_random_wallace2019(file, 1);
    auto network = load_refinement_network(file);
    std::filesystem::remove(file);
    return network;
}

View grey_view() {
    return {.rgb = render::Image(view_size, view_size, 3, 128),
            .mask = render::FloatImage(view_size, view_size, 1, 1),
            .camera = {},
            .weight = 1,
            .name = "grey"};
}

void report_rate(benchmark::State& state, double operations) {
    state.counters["GFLOP/s"] = benchmark::Counter(operations / 1e9, benchmark::Counter::kIsIterationInvariantRate);
}

/// What the processor can do at best with this LibTorch: the figure to hold the step's rate against.
void matrix_product(benchmark::State& state) {
    const at::NoGradGuard no_grad;
    const std::int64_t size = state.range(0);
    const at::Tensor a = at::randn({size, size});
    const at::Tensor b = at::randn({size, size});
    at::Tensor c = at::mm(a, b);
    for (auto _ : state) {
        at::mm_out(c, a, b);
        benchmark::ClobberMemory();
    }
    report_rate(state, 2.0 * static_cast<double>(size * size * size));
}
BENCHMARK(matrix_product)->Arg(1024)->Unit(benchmark::kMillisecond)->UseRealTime();

void wallace2019_step(benchmark::State& state) {
    const auto network = random_network();
    const std::vector<View> views = {grey_view()};
    const auto encoded = network->encode(views);
    const auto prior = priors::CategoryPrior::empty();
    for (auto _ : state) {
        benchmark::DoNotOptimize(network->step(*encoded, prior, prior.mean, 0));
    }
    report_rate(state, step_operations());
}
BENCHMARK(wallace2019_step)->Unit(benchmark::kMillisecond)->UseRealTime();

void wallace2019_encode(benchmark::State& state) {
    const auto network = random_network();
    const std::vector<View> views = {grey_view()};
    for (auto _ : state) {
        benchmark::DoNotOptimize(network->encode(views));
    }
}
BENCHMARK(wallace2019_encode)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace maquette::recon
