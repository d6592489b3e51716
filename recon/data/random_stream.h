#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>

namespace maquette::recon {

/// Random numbers of one batch: the same on every standard library, whose distributions differ.
class RandomStream {
public:
    RandomStream(std::uint64_t seed, std::uint64_t batch) : engine_(mix(seed * 0x100000001b3ULL + batch)) {}

    /// 0..1, 1 excluded.
    double uniform() { return static_cast<double>(engine_() >> 11U) * 0x1.0p-53; }
    /// 0..bound-1; 0 when bound is not above 0.
    int below(int bound) { return bound <= 0 ? 0 : static_cast<int>(engine_() % static_cast<std::uint64_t>(bound)); }
    bool chance(double probability) { return uniform() < probability; }
    /// Mean 0, standard deviation 1 (Box and Muller).
    double normal() {
        const double radius = std::sqrt(-2 * std::log(1 - uniform()));
        return radius * std::cos(2 * std::numbers::pi * uniform());
    }
    std::mt19937_64& engine() { return engine_; }

private:
    /// Decorrelates neighbouring batch numbers (the finaliser of SplitMix64).
    static std::uint64_t mix(std::uint64_t x) {
        x += 0x9e3779b97f4a7c15ULL;
        x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9ULL;
        x = (x ^ (x >> 27U)) * 0x94d049bb133111ebULL;
        return x ^ (x >> 31U);
    }

    std::mt19937_64 engine_;
};

}  // namespace maquette::recon
