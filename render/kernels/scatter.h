#pragma once

#include "render/kernels/portable.h"

namespace maquette::render::kernels {

/// Sums that many indices of a kernel add to at once. They are kept as whole multiples of 2^-32, and whole numbers add
/// up to the same in any order: the same bits on every run and for any number of threads, with plain atomics on both
/// kinds of device.
struct ScatterSums {
    static constexpr float per_unit = 4294967296.0F;
    static constexpr float largest = 65536.0F;  ///< contributions are clamped to +- this; 32768 of them cannot overflow

    long long* sums;  ///< borrowed; zeros before the kernel runs

    MAQUETTE_HOST_DEVICE void add(long long index, float value) const {
        // Not-a-number fails the comparison and becomes the limit, where it is noticed.
        const float limited = value < largest ? (value > -largest ? value : -largest) : largest;
        const auto whole = static_cast<long long>(limited * per_unit);
#ifdef __CUDA_ARCH__
        atomicAdd(reinterpret_cast<unsigned long long*>(sums + index), static_cast<unsigned long long>(whole));
#else
        __atomic_fetch_add(sums + index, whole, __ATOMIC_RELAXED);
#endif
    }
};

/// Sums as floats: one index for each.
struct ReadSums {
    const long long* sums;
    float* values;

    MAQUETTE_HOST_DEVICE void operator()(long long index) const {
        values[index] = static_cast<float>(static_cast<double>(sums[index]) / ScatterSums::per_unit);
    }
};

}  // namespace maquette::render::kernels
