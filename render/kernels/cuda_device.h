#pragma once

#include <cstddef>
#include <string>

#include "render/kernels/parallel_for.h"

namespace maquette::render::kernels {

/// Whether the CUDA side was compiled into this build.
bool built_with_cuda();

/// GPUs that this build can run kernels on; 0 without a driver, without a GPU, or in a build without CUDA.
int cuda_device_count();

/// Why cuda_device_count() is 0, or the first GPU's name.
std::string describe_cuda();

/// Memory of a GPU. Errors throw Error; too little memory says how much was asked for.
void* allocate_on_cuda(std::size_t bytes);
void free_on_cuda(void* memory) noexcept;
void copy_to_cuda(void* to, const void* from, std::size_t bytes);
void copy_from_cuda(void* to, const void* from, std::size_t bytes);
void clear_on_cuda(void* memory, std::size_t bytes);

}  // namespace maquette::render::kernels
