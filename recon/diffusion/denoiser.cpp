#include "recon/diffusion/denoiser.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Functions.h>

#include <array>
#include <utility>

namespace maquette::recon::diffusion {
namespace {

/// Decorrelates neighbouring numbers (the finaliser of SplitMix64).
std::uint64_t mix(std::uint64_t x) {
    x += 0x9e3779b97f4a7c15ULL;
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31U);
}

}  // namespace

torch::Tensor predict_as(const Denoiser& denoiser, Parameterization wanted, const torch::Tensor& x,
                         const NoiseLevel& level) {
    const auto output = denoiser.predict(x, level);
    if (wanted == denoiser.parameterization()) return output;
    const AffineStep step = step_to(denoiser.parameterization(), level, mixture_of(wanted, level));
    return step.x_scale * x + step.output_scale * output;
}

GuidedDenoiser::GuidedDenoiser(const ConditionalDenoiser& denoiser, GuidanceScales scales)
    : denoiser_(&denoiser), scales_(scales) {}

torch::Tensor GuidedDenoiser::predict(const torch::Tensor& x, const NoiseLevel& level) const {
    const std::array<std::pair<double, ShownConditions>, 3> terms = {{
        {scales_.photo, {.photo = true, .geometry = true}},
        {scales_.geometry - scales_.photo, {.photo = false, .geometry = true}},
        {1 - scales_.geometry, {.photo = false, .geometry = false}},
    }};
    torch::Tensor sum;
    for (const auto& [weight, shown] : terms) {
        if (weight == 0) continue;
        const auto term = denoiser_->predict(x, level, shown);
        if (sum.defined()) {
            sum = sum + weight * term;
        } else {
            sum = weight == 1 ? term : weight * term;
        }
    }
    return sum;
}

torch::Tensor gaussian_noise(const std::vector<std::int64_t>& shape, std::uint64_t seed, std::uint64_t stream,
                             torch::ScalarType type) {
    auto noise = at::empty(shape, type);
    for (std::int64_t row = 0; row < noise.size(0); ++row) {
        auto generator = at::detail::createCPUGenerator(mix(mix(seed + static_cast<std::uint64_t>(row)) + stream));
        noise[row].normal_(0, 1, generator);
    }
    return noise;
}

}  // namespace maquette::recon::diffusion
