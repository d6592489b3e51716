#include "recon/diffusion/latent_gradient.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>

#include <vector>

#include "render/error.h"

namespace maquette::recon::diffusion {
namespace {

torch::Tensor leaf(const torch::Tensor& x) {
    return x.defined() ? x.detach().requires_grad_(true) : x;
}

Latent leaf(const Latent& latent) {
    return {leaf(latent.x), leaf(latent.companion)};
}

torch::Tensor gradient_of(const torch::Tensor& x) {
    if (!x.defined()) return x;
    return x.grad().defined() ? x.grad().detach() : at::zeros_like(x);
}

Latent gradient_of(const Latent& latent) {
    return {gradient_of(latent.x), gradient_of(latent.companion)};
}

/// The gradient with respect to a step's input from the one with respect to its output.
Latent back_through(const Sampler& sampler, const Denoiser& denoiser, const Latent& input,
                    std::span<const NoiseLevel> levels, std::size_t i, const Latent& output_gradient) {
    const Latent start = leaf(input);
    const Latent end = sampler.step(denoiser, start, levels, i);
    auto product = (end.x * output_gradient.x).sum();
    if (end.companion.defined() && output_gradient.companion.defined()) {
        product = product + (end.companion * output_gradient.companion).sum();
    }
    product.backward();
    return gradient_of(start);
}

LatentGradient through_one_graph(const Sampler& sampler, const Denoiser& denoiser, const Latent& start,
                                 std::span<const NoiseLevel> levels, const LatentLoss& loss) {
    const Latent from = leaf(start);
    const Latent generated = generate(sampler, denoiser, from, levels);
    const auto value = loss(generated);
    value.backward();
    return {value.item<double>(),
            gradient_of(from),
            {generated.x.detach(), generated.companion.defined() ? generated.companion.detach() : generated.companion}};
}

}  // namespace

LatentGradient latent_gradient(const Sampler& sampler, const Denoiser& denoiser, const Latent& start,
                               std::span<const NoiseLevel> levels, const LatentLoss& loss, GradientMemory memory) {
    const bool keeps = memory == GradientMemory::each_step;
    if (memory == GradientMemory::everything) return through_one_graph(sampler, denoiser, start, levels, loss);
    if (!keeps && (!sampler.is_exact() || !start.companion.defined())) {
        throw UsageError(
            "latents can only be made again by a sampler that inverts exactly, from a latent with a companion; use "
            "edict, or keep each step");
    }
    std::vector<Latent> inputs;
    LatentGradient result;
    {
        const at::NoGradGuard no_gradient;
        Latent latent = start;
        for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
            if (keeps) inputs.push_back(latent);
            latent = sampler.step(denoiser, latent, levels, i);
        }
        result.generated = latent;
    }
    const Latent end = leaf(result.generated);
    const auto value = loss(end);
    value.backward();
    result.loss = value.item<double>();
    result.gradient = gradient_of(end);
    Latent state = result.generated;
    for (std::size_t i = levels.size() - 1; i-- > 0;) {
        if (keeps) {
            state = inputs[i];
            inputs.pop_back();
        } else {
            const at::NoGradGuard no_gradient;
            state = sampler.inverse_step(denoiser, state, levels, i);
        }
        result.gradient = back_through(sampler, denoiser, state, levels, i, result.gradient);
    }
    return result;
}

}  // namespace maquette::recon::diffusion
