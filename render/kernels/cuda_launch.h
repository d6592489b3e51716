#pragma once

#include "render/kernels/parallel_for.h"

namespace maquette::render::kernels {

/// parallel_for on a GPU; only in builds with CUDA.
template <class Kernel>
void launch_on_cuda(const Kernel& kernel, long long count);

}  // namespace maquette::render::kernels
