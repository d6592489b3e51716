#pragma once

/// Kernels are plain structs whose call operator does the work of one index; the same body runs on the host and, under
/// nvcc, on the device. They know neither torch, Eigen nor Open3D.
#ifdef __CUDACC__
#define MAQUETTE_HOST_DEVICE __host__ __device__
#else
#define MAQUETTE_HOST_DEVICE
#endif
