#pragma once

#include "recon/cli/command_options.h"
#include "recon/diffusion/sampler.h"

namespace maquette::recon::cli {

/// `maquette novel-view --checkpoint`: the view that a network from elsewhere draws of the photo alone. Throws
/// UsageError where an option was given that such a network has no use for.
int run_checkpoint_view(const NovelViewOptions& options);

/// The sampler that the options name.
diffusion::SamplerOptions sampler_of(const NovelViewOptions& options);

}  // namespace maquette::recon::cli
