#pragma once

#include <filesystem>

#include "recon/refine/session.h"

namespace maquette::recon {

/// A session's engine from weights files. Cameras that the views lack are estimated from the prior at hand when they
/// are first encoded, and stay. `camera_weights` is read only where a camera is missing; not there: views without a
/// camera fail with InputError saying what to do.
SessionEngine engine_from_weights(std::filesystem::path weights, std::filesystem::path camera_weights);

}  // namespace maquette::recon
