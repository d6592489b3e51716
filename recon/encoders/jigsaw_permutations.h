#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace maquette::recon::encoders {

inline constexpr int jigsaw_tiles = 9;  ///< 3 x 3, row by row

/// Entry s: which tile of the picture stands at place s.
using Permutation = std::array<std::uint8_t, jigsaw_tiles>;

/// `count` different permutations far from each other: the first by the seed, each further one has the largest mean
/// Hamming distance to those before it (Noroozi & Favaro, "Unsupervised Learning of Visual Representations by Solving
/// Jigsaw Puzzles", ECCV 2016, algorithm 1); of equals the first in lexicographic order. Throws UsageError unless
/// 2 <= count <= 9!.
std::vector<Permutation> distant_permutations(int count, std::uint64_t seed);

/// Places that differ.
int hamming_distance(const Permutation& a, const Permutation& b);

}  // namespace maquette::recon::encoders
