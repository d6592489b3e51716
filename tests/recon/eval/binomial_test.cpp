#include "recon/eval/binomial.h"

#include <gtest/gtest.h>

#include <cmath>

#include "render/error.h"

namespace maquette::recon {
namespace {

TEST(BinomialShare, EndsAreKnownInClosedForm) {
    // None of n: the upper end is 1 - (0.025)^(1/n).
    const Interval none = binomial_share(0, 10);
    EXPECT_EQ(none.low, 0);
    EXPECT_NEAR(none.high, 1 - std::pow(0.025, 0.1), 1e-9);
    const Interval all = binomial_share(10, 10);
    EXPECT_NEAR(all.low, std::pow(0.025, 0.1), 1e-9);
    EXPECT_EQ(all.high, 1);
}

TEST(BinomialShare, AgreesWithPublishedTables) {
    // Clopper & Pearson: 15 of 50 at 95 %.
    const Interval share = binomial_share(15, 50);
    EXPECT_DOUBLE_EQ(share.mean, 0.3);
    EXPECT_NEAR(share.low, 0.1786, 5e-4);
    EXPECT_NEAR(share.high, 0.4461, 5e-4);
}

TEST(BinomialShare, IsSymmetricAndNarrowsWithTrials) {
    const Interval few = binomial_share(12, 20);
    const Interval mirrored = binomial_share(8, 20);
    EXPECT_NEAR(few.low, 1 - mirrored.high, 1e-9);
    EXPECT_NEAR(few.high, 1 - mirrored.low, 1e-9);
    const Interval many = binomial_share(180, 300);
    EXPECT_LT(many.high - many.low, few.high - few.low);
    // 300 held-out comparisons: 56 % is the least that is surely above one half.
    EXPECT_GT(binomial_share(168, 300).low, 0.5);
    EXPECT_LT(binomial_share(165, 300).low, 0.5);
}

TEST(BinomialShare, RefusesWhatIsNoShare) {
    EXPECT_THROW((void)binomial_share(0, 0), UsageError);
    EXPECT_THROW((void)binomial_share(5, 4), UsageError);
    EXPECT_THROW((void)binomial_share(1, 4, 1), UsageError);
}

}  // namespace
}  // namespace maquette::recon
