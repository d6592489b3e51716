#include "recon/encoders/jigsaw_permutations.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "recon/encoders/picture_domain.h"
#include "render/error.h"

namespace maquette::recon::encoders {

int hamming_distance(const Permutation& a, const Permutation& b) {
    int distance = 0;
    for (std::size_t i = 0; i < a.size(); ++i) distance += a[i] != b[i] ? 1 : 0;
    return distance;
}

std::vector<Permutation> distant_permutations(int count, std::uint64_t seed) {
    constexpr int all_count = 362880;  // 9!
    if (count < 2 || count > all_count) {
        throw UsageError(fmt::format("{} permutations of {} tiles; choose 2 to {}", count, jigsaw_tiles, all_count));
    }
    std::vector<Permutation> all;
    all.reserve(all_count);
    Permutation permutation{};
    std::iota(permutation.begin(), permutation.end(), std::uint8_t{0});
    do {
        all.push_back(permutation);
    } while (std::next_permutation(permutation.begin(), permutation.end()));

    std::vector<std::int32_t> distances(all.size(), 0);  // summed over those chosen; -1: chosen
    std::vector<Permutation> chosen;
    std::size_t next = static_cast<std::size_t>(mixed_seed(seed, 0) % all.size());
    while (true) {
        chosen.push_back(all[next]);
        distances[next] = -1;
        if (static_cast<int>(chosen.size()) == count) return chosen;
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (distances[i] >= 0) distances[i] += hamming_distance(all[i], chosen.back());
        }
        next = static_cast<std::size_t>(std::max_element(distances.begin(), distances.end()) - distances.begin());
    }
}

}  // namespace maquette::recon::encoders
