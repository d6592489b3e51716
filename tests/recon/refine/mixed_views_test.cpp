#include "recon/refine/mixed_views.h"

#include <gtest/gtest.h>

#include "recon/refine/correspondence.h"
#include "render/error.h"

namespace maquette::recon {
namespace {

/// Views that stand for a number; a step makes every cell that number.
class NumberViews : public EncodedViews {
public:
    explicit NumberViews(float number, int count = 1) : number_(number), count_(count) {}
    [[nodiscard]] int count() const override { return count_; }
    [[nodiscard]] std::unique_ptr<EncodedViews> pick(std::span<const int> views) const override {
        return std::make_unique<NumberViews>(number_, static_cast<int>(views.size()));
    }
    [[nodiscard]] float number() const { return number_; }

private:
    float number_;
    int count_;
};

class NumberNetwork : public RefinementNetwork {
public:
    [[nodiscard]] std::string architecture() const override { return "number"; }
    [[nodiscard]] bool needs_cameras() const override { return true; }
    [[nodiscard]] long long parameter_count() const override { return 7; }
    [[nodiscard]] float threshold() const override { return 0.3F; }
    [[nodiscard]] int default_iterations() const override { return 3; }
    [[nodiscard]] const std::map<std::string, std::string>& metadata() const override { return metadata_; }
    [[nodiscard]] std::unique_ptr<EncodedViews> encode(std::span<const View> /*views*/) const override {
        return std::make_unique<NumberViews>(0.0F);
    }
    [[nodiscard]] render::VoxelGrid step(const EncodedViews& views, const priors::CategoryPrior& /*prior*/,
                                         const render::VoxelGrid& current, int /*iteration*/) const override {
        return render::VoxelGrid(current.resolution, dynamic_cast<const NumberViews&>(views).number(), current.side);
    }
    [[nodiscard]] std::vector<render::VoxelGrid> step_batch(std::span<const RefinementQuery> queries) const override {
        for (const auto& query : queries) {
            if (query.displacement == nullptr) continue;
            *query.displacement = DisplacementGrid(query.current->resolution);
            query.displacement->axes[1].values.front() = dynamic_cast<const NumberViews&>(*query.views).number();
        }
        return RefinementNetwork::step_batch(queries);
    }

private:
    std::map<std::string, std::string> metadata_;
};

TEST(MixedViews, StepsAreMeansByBeliefAndPlainViewsPassThrough) {
    const auto network = mixing(std::make_shared<NumberNetwork>());
    const MixedViews mixed({{std::make_shared<NumberViews>(0.0F), 3}, {std::make_shared<NumberViews>(1.0F), 1}});
    const NumberViews plain(0.6F);
    const priors::CategoryPrior prior;
    const render::VoxelGrid current(4);
    const std::vector<RefinementQuery> queries = {
        {&plain, &prior, &current, 0}, {&mixed, &prior, &current, 0}, {&plain, &prior, &current, 1}};
    const auto results = network->step_batch(queries);
    ASSERT_EQ(results.size(), 3U);
    EXPECT_FLOAT_EQ(results[0].values.front(), 0.6F);
    EXPECT_FLOAT_EQ(results[1].values.front(), 0.25F);
    EXPECT_FLOAT_EQ(results[2].values.back(), 0.6F);
    EXPECT_FLOAT_EQ(network->step(mixed, prior, current, 0).values.back(), 0.25F);
    EXPECT_EQ(network->default_iterations(), 3);
    EXPECT_EQ(network->architecture(), "number");
}

TEST(MixedViews, DisplacementsAreMeansByBeliefToo) {
    const auto network = mixing(std::make_shared<NumberNetwork>());
    const MixedViews mixed({{std::make_shared<NumberViews>(0.0F), 3}, {std::make_shared<NumberViews>(1.0F), 1}});
    const NumberViews plain(0.6F);
    const priors::CategoryPrior prior;
    const render::VoxelGrid current(4);
    DisplacementGrid of_mixed(4);
    of_mixed.axes[1].values.front() = 9;  // left over
    DisplacementGrid of_plain;
    const std::vector<RefinementQuery> queries = {{&mixed, &prior, &current, 0, &of_mixed},
                                                  {&mixed, &prior, &current, 0},
                                                  {&plain, &prior, &current, 0, &of_plain}};
    (void)network->step_batch(queries);
    EXPECT_FLOAT_EQ(of_mixed.axes[1].values.front(), 0.25F);
    EXPECT_FLOAT_EQ(of_plain.axes[1].values.front(), 0.6F);
}

TEST(MixedViews, PicksFromEveryAlternative) {
    const MixedViews mixed({{std::make_shared<NumberViews>(0.0F, 2), 1}, {std::make_shared<NumberViews>(1.0F, 2), 1}});
    const int second = 1;
    EXPECT_EQ(mixed.count(), 2);
    EXPECT_EQ(mixed.pick({&second, 1})->count(), 1);
}

TEST(MixedViews, RefusesWhatCannotBeMixed) {
    EXPECT_THROW(MixedViews({}), UsageError);
    EXPECT_THROW(MixedViews({{std::make_shared<NumberViews>(0.0F), 0}}), UsageError);
    EXPECT_THROW(MixedViews({{std::make_shared<NumberViews>(0.0F, 1), 1}, {std::make_shared<NumberViews>(0.0F, 2), 1}}),
                 UsageError);
}

}  // namespace
}  // namespace maquette::recon
