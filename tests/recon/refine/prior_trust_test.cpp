#include "recon/refine/prior_trust.h"

#include <gtest/gtest.h>

#include "render/error.h"

namespace maquette::recon {
namespace {

render::VoxelGrid block(int from, int to, float inside = 1) {
    render::VoxelGrid grid(32);
    for (int z = 8; z < 24; ++z) {
        for (int y = 8; y < 24; ++y) {
            for (int x = from; x < to; ++x) grid.at(x, y, z) = inside;
        }
    }
    return grid;
}

priors::CategoryPrior prior_of(render::VoxelGrid mean) {
    priors::CategoryPrior prior;
    prior.mean = std::move(mean);
    return prior;
}

TEST(PriorTrust, TheAgreementIsTheOverlapAndTheShareFollowsIt) {
    const PriorTrustOptions options{.no_agreement = 0.1, .full_agreement = 0.5};
    const auto trust = [&](int from, int to) {
        return PriorTrust(block(0, 16), prior_of(block(from, to)), 0.5F, options);
    };
    EXPECT_DOUBLE_EQ(trust(0, 16).agreement().value(), 1);
    EXPECT_DOUBLE_EQ(trust(0, 16).share(), 1);
    EXPECT_DOUBLE_EQ(trust(8, 24).agreement().value(), 8.0 / 24);
    EXPECT_NEAR(trust(8, 24).share(), (8.0 / 24 - 0.1) / 0.4, 1e-12);
    EXPECT_DOUBLE_EQ(trust(15, 31).agreement().value(), 1.0 / 31);
    EXPECT_DOUBLE_EQ(trust(15, 31).share(), 0);
    EXPECT_DOUBLE_EQ(trust(16, 32).agreement().value(), 0);
    EXPECT_DOUBLE_EQ(trust(16, 32).share(), 0);
}

TEST(PriorTrust, MixesTheResultWithWhatThePhotosTell) {
    const PriorTrust trust(block(0, 16, 0.9F), prior_of(block(0, 12)), 0.5F, {.no_agreement = 0, .full_agreement = 1});
    ASSERT_DOUBLE_EQ(trust.share(), 0.75);
    const render::VoxelGrid mixed = trust.mixed(block(8, 16, 0.5F));
    EXPECT_NEAR(mixed.at(4, 10, 10), 0.25F * 0.9F, 1e-6F);
    EXPECT_NEAR(mixed.at(12, 10, 10), 0.75F * 0.5F + 0.25F * 0.9F, 1e-6F);
    EXPECT_EQ(mixed.at(20, 10, 10), 0.0F);
    // On finer cells, too.
    const render::VoxelGrid fine = trust.mixed(render::VoxelGrid(64, 0.5F));
    ASSERT_EQ(fine.resolution, 64);
    EXPECT_NEAR(fine.at(16, 32, 32), 0.75F * 0.5F + 0.25F * 0.9F, 1e-5F);
}

TEST(PriorTrust, WithNothingToCompareThePriorStays) {
    const render::VoxelGrid field = block(3, 9, 0.4F);
    for (const auto& trust : {PriorTrust(block(0, 16), priors::CategoryPrior::empty(), 0.5F),
                              PriorTrust(block(0, 16, 0.3F), prior_of(block(0, 16)), 0.5F)}) {
        EXPECT_FALSE(trust.agreement().has_value());
        EXPECT_FALSE(trust.low());
        EXPECT_EQ(trust.share(), 1);
        EXPECT_EQ(trust.mixed(field).values, field.values);
    }
}

TEST(PriorTrust, AHazyPriorIsComparedWhereItIsDensest) {
    EXPECT_DOUBLE_EQ(PriorTrust(block(0, 16), prior_of(block(0, 16, 0.3F)), 0.5F).agreement().value(), 1);
    EXPECT_TRUE(PriorTrust(block(0, 16), prior_of(block(16, 32, 0.3F)), 0.5F).low());
}

class OneView : public EncodedViews {
public:
    [[nodiscard]] int count() const override { return 1; }
    [[nodiscard]] std::unique_ptr<EncodedViews> pick(std::span<const int> /*views*/) const override {
        return std::make_unique<OneView>();
    }
};

/// Adds a slab a step to what it is given, whatever the prior.
class GrowingNetwork : public RefinementNetwork {
public:
    [[nodiscard]] std::string architecture() const override { return "growing"; }
    [[nodiscard]] bool needs_cameras() const override { return false; }
    [[nodiscard]] long long parameter_count() const override { return 0; }
    [[nodiscard]] float threshold() const override { return 0.5F; }
    [[nodiscard]] int default_iterations() const override { return 2; }
    [[nodiscard]] const std::map<std::string, std::string>& metadata() const override { return metadata_; }
    [[nodiscard]] std::unique_ptr<EncodedViews> encode(std::span<const View> /*views*/) const override {
        return std::make_unique<OneView>();
    }
    [[nodiscard]] render::VoxelGrid step(const EncodedViews& /*views*/, const priors::CategoryPrior& prior,
                                         const render::VoxelGrid& current, int iteration) const override {
        EXPECT_TRUE(prior.exemplars.empty());
        render::VoxelGrid next = block(8 * iteration, 8 * iteration + 8);
        for (std::size_t i = 0; i < next.values.size(); ++i) next.values[i] += current.values[i];
        return next;
    }

private:
    std::map<std::string, std::string> metadata_;
};

TEST(PriorTrust, ThePhotosAloneStartFromTheEmptyPrior) {
    const GrowingNetwork network;
    const auto agreement = [&](int iterations) {
        return PriorTrust(network, OneView(), prior_of(block(0, 16)), iterations, 0.5F).agreement().value();
    };
    EXPECT_DOUBLE_EQ(agreement(2), 1);
    EXPECT_DOUBLE_EQ(agreement(1), 0.5);
    EXPECT_THROW((void)agreement(0), UsageError);
}

}  // namespace
}  // namespace maquette::recon
