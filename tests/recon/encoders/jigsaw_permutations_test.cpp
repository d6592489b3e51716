#include "recon/encoders/jigsaw_permutations.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "render/error.h"

namespace maquette::recon::encoders {
namespace {

double mean_distance(const std::vector<Permutation>& permutations) {
    double sum = 0;
    int pairs = 0;
    for (std::size_t i = 0; i < permutations.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j, ++pairs) sum += hamming_distance(permutations[i], permutations[j]);
    }
    return sum / pairs;
}

TEST(JigsawPermutations, ArePermutationsAndDiffer) {
    const auto found = distant_permutations(40, 3);
    ASSERT_EQ(found.size(), 40U);
    for (const auto& permutation : found) {
        auto sorted = permutation;
        std::sort(sorted.begin(), sorted.end());
        for (std::size_t i = 0; i < sorted.size(); ++i) EXPECT_EQ(sorted[i], i);
    }
    EXPECT_EQ(std::set<Permutation>(found.begin(), found.end()).size(), 40U);
}

TEST(JigsawPermutations, TheFirstNineShareNoPlace) {
    // Nine permutations can differ everywhere, pairwise (a Latin square); the greedy choice finds the first few.
    const auto found = distant_permutations(4, 5);
    for (std::size_t i = 0; i < found.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) EXPECT_EQ(hamming_distance(found[i], found[j]), jigsaw_tiles);
    }
}

TEST(JigsawPermutations, AreFartherApartThanChance) {
    // Two random permutations agree in one place on average.
    EXPECT_GT(mean_distance(distant_permutations(60, 1)), 8.05);
}

TEST(JigsawPermutations, ASmallerSetBeginsALargerOne) {
    const auto few = distant_permutations(5, 9);
    const auto many = distant_permutations(12, 9);
    EXPECT_TRUE(std::equal(few.begin(), few.end(), many.begin()));
    EXPECT_NE(distant_permutations(5, 10).front(), few.front());
}

TEST(JigsawPermutations, RejectsCountsThatMakeNoSet) {
    EXPECT_THROW(distant_permutations(1, 1), UsageError);
    EXPECT_THROW(distant_permutations(362881, 1), UsageError);
}

}  // namespace
}  // namespace maquette::recon::encoders
