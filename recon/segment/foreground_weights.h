#pragma once

#include <filesystem>

#include "render/cutout.h"

namespace maquette::recon::segment {

inline constexpr const char* mask_architecture = "mask";

/// For render::cut_out, safe to share between threads. An ONNX file: matting_model. Weights of a mask network: read
/// when it is first asked, as most photos with a plain or transparent background never do; the call throws InputError
/// where they are broken.
render::ForegroundModel foreground_model(std::filesystem::path weights);

}  // namespace maquette::recon::segment
