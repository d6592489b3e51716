#pragma once

#include <cuda_runtime_api.h>

namespace maquette::render::kernels {

/// Throws Error naming what was being done, and what CUDA says.
void check_cuda(cudaError_t status, const char* doing);

}  // namespace maquette::render::kernels
