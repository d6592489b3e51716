#pragma once

#include <cstdint>
#include <memory>

#include "recon/diffusion/sampler.h"

namespace maquette::recon::diffusion {

/// What make_sampler chooses from; arguments as in SamplerOptions, checked there.
std::unique_ptr<Sampler> make_ddim_sampler();
std::unique_ptr<Sampler> make_ddpm_sampler(std::uint64_t seed);
std::unique_ptr<Sampler> make_edict_sampler(double mixing_50, bool leapfrog, Parameterization form);
std::unique_ptr<Sampler> make_bdia_sampler(double gamma);
std::unique_ptr<Sampler> make_o_belm_sampler();

}  // namespace maquette::recon::diffusion
