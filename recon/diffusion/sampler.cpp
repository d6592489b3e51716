#include "recon/diffusion/sampler.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "recon/diffusion/sampler_kinds.h"
#include "render/error.h"

namespace maquette::recon::diffusion {

Latent Sampler::begin_inverse(const Denoiser& /*denoiser*/, const torch::Tensor& data,
                              std::span<const NoiseLevel> /*levels*/) const {
    return {data, {}};
}

std::unique_ptr<Sampler> make_sampler(const SamplerOptions& options) {
    switch (options.kind) {
        case SamplerKind::ddim:
        case SamplerKind::flow_euler:
            return make_ddim_sampler();
        case SamplerKind::ddpm:
            return make_ddpm_sampler(options.seed);
        case SamplerKind::edict:
            if (!(options.edict_mixing_50 > 0 && options.edict_mixing_50 <= 1)) {
                throw UsageError(fmt::format("EDICT's mixing {} is outside 0 (excluded) .. 1; 0.93 is usual",
                                             options.edict_mixing_50));
            }
            if (options.edict_form == Parameterization::sample) {
                throw UsageError("EDICT cannot be inverted in the sample form, whose last step forgets x; use epsilon");
            }
            return make_edict_sampler(options.edict_mixing_50, options.edict_leapfrog, options.edict_form);
        case SamplerKind::bdia:
            if (!(options.bdia_gamma > 0 && options.bdia_gamma <= 1)) {
                throw UsageError(
                    fmt::format("BDIA's gamma {} is outside 0 (excluded) .. 1; 1 is usual", options.bdia_gamma));
            }
            return make_bdia_sampler(options.bdia_gamma);
        case SamplerKind::o_belm:
            break;
    }
    return make_o_belm_sampler();
}

Latent generate(const Sampler& sampler, const Denoiser& denoiser, Latent latent, std::span<const NoiseLevel> levels,
                const StepObserver& observer) {
    for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
        latent = sampler.step(denoiser, latent, levels, i);
        if (observer && !observer(i + 1, latent)) break;
    }
    return latent;
}

Latent invert(const Sampler& sampler, const Denoiser& denoiser, Latent latent, std::span<const NoiseLevel> levels) {
    for (std::size_t i = levels.size() - 1; i-- > 0;) latent = sampler.inverse_step(denoiser, latent, levels, i);
    return latent;
}

}  // namespace maquette::recon::diffusion
