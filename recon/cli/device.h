#pragma once

#include <string>

#include "render/kernels/parallel_for.h"

namespace maquette::recon::cli {

/// name: auto, cpu or cuda. Throws InputError when cuda is asked for and no GPU can be used, saying why.
render::kernels::Device device_named(const std::string& name);

}  // namespace maquette::recon::cli
