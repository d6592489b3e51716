#pragma once

#include <filesystem>

#include "render/cutout.h"

namespace maquette::recon::segment {

inline constexpr const char* mask_architecture = "mask";

/// The mask network of a weights file for render::cut_out, read when it is first asked: most photos with a plain or
/// transparent background never do. Safe to share between threads. The call throws InputError where the weights are
/// broken.
render::ForegroundModel foreground_model(std::filesystem::path weights);

}  // namespace maquette::recon::segment
