#include "recon/refine/refiner.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <vector>

#include "recon/refine/wallace2019.h"
#include "render/error.h"

namespace maquette::recon {
namespace {

class CountedViews : public EncodedViews {
public:
    explicit CountedViews(int count) : count_(count) {}
    [[nodiscard]] int count() const override { return count_; }
    [[nodiscard]] std::unique_ptr<EncodedViews> pick(std::span<const int> views) const override {
        return std::make_unique<CountedViews>(static_cast<int>(views.size()));
    }

private:
    int count_;
};

/// Moves every value half-way to 1 and remembers what it was asked.
class HalfwayNetwork : public RefinementNetwork {
public:
    [[nodiscard]] std::string architecture() const override { return "halfway"; }
    [[nodiscard]] bool needs_cameras() const override { return false; }
    [[nodiscard]] long long parameter_count() const override { return 0; }
    [[nodiscard]] float threshold() const override { return 0.5F; }
    [[nodiscard]] int default_iterations() const override { return 2; }
    [[nodiscard]] const std::map<std::string, std::string>& metadata() const override { return metadata_; }
    [[nodiscard]] std::unique_ptr<EncodedViews> encode(std::span<const View> views) const override {
        return std::make_unique<CountedViews>(static_cast<int>(views.size()));
    }
    [[nodiscard]] render::VoxelGrid step(const EncodedViews& /*views*/, const priors::CategoryPrior& /*prior*/,
                                         const render::VoxelGrid& current, int /*iteration*/) const override {
        render::VoxelGrid next = current;
        for (float& value : next.values) value += (1 - value) / 2;
        return next;
    }

private:
    std::map<std::string, std::string> metadata_;
};

priors::CategoryPrior zero_prior() {
    priors::CategoryPrior prior;
    prior.mean = render::VoxelGrid(32);
    return prior;
}

TEST(Refiner, PublishesThePriorAndThenEveryStep) {
    const Refiner refiner(std::make_shared<HalfwayNetwork>());
    std::vector<std::shared_ptr<const RefinementSnapshot>> seen;
    const auto result = refiner.run(std::vector<View>(1), zero_prior(), {3},
                                    [&](auto snapshot) { seen.push_back(std::move(snapshot)); }, {});
    ASSERT_EQ(seen.size(), 4U);
    EXPECT_EQ(seen[0]->occupancy.values[5], 0.0F);
    EXPECT_FLOAT_EQ(seen[2]->occupancy.values[5], 0.75F);
    EXPECT_FLOAT_EQ(result.final->occupancy.values[5], 0.875F);
    EXPECT_NEAR(seen[1]->change, 0.5, 1e-6);
    EXPECT_EQ(result.step_seconds.size(), 3U);
}

TEST(Refiner, SeesEveryViewAtLeastOnceWhenTheNumberOfStepsIsLeftOpen) {
    const Refiner refiner(std::make_shared<HalfwayNetwork>());
    EXPECT_EQ(refiner.run(std::vector<View>(5), zero_prior(), {}, nullptr, {}).final->iteration, 5);
    EXPECT_EQ(refiner.run(std::vector<View>(1), zero_prior(), {}, nullptr, {}).final->iteration, 2);
}

TEST(Refiner, StopsWhenAskedAndKeepsTheLastStep) {
    const Refiner refiner(std::make_shared<HalfwayNetwork>());
    std::stop_source stop;
    const auto result = refiner.run(
        std::vector<View>(1), zero_prior(), {50},
        [&](const auto& snapshot) {
            if (snapshot->iteration == 4) stop.request_stop();
        },
        stop.get_token());
    EXPECT_TRUE(result.interrupted);
    EXPECT_EQ(result.final->iteration, 4);
}

TEST(Refiner, StopsOnceAStepChangesLessThanTheTolerance) {
    const Refiner refiner(std::make_shared<HalfwayNetwork>());
    // The changes are 1/2, 1/4, 1/8, ...
    const auto result =
        refiner.run(std::vector<View>(1), zero_prior(), {.iterations = 20, .tolerance = 0.1}, nullptr, {});
    EXPECT_EQ(result.final->iteration, 4);
    EXPECT_TRUE(result.settled);
    EXPECT_FALSE(result.interrupted);
    const auto last = refiner.run(std::vector<View>(1), zero_prior(), {.iterations = 4, .tolerance = 0.1}, nullptr, {});
    EXPECT_FALSE(last.settled) << "it was the last step anyway";
    EXPECT_EQ(refiner.run(std::vector<View>(1), zero_prior(), {.iterations = 8}, nullptr, {}).final->iteration, 8);
    EXPECT_THROW(refiner.run(std::vector<View>(1), zero_prior(), {.tolerance = -0.1}, nullptr, {}), UsageError);
    EXPECT_THROW(refiner.run(std::vector<View>(1), zero_prior(), {.tolerance = std::nan("")}, nullptr, {}), UsageError);
}

TEST(Refiner, RefusesIterationsOutOfRange) {
    const Refiner refiner(std::make_shared<HalfwayNetwork>());
    EXPECT_THROW(refiner.run(std::vector<View>(1), zero_prior(), {101}, nullptr, {}), UsageError);
    EXPECT_THROW(refiner.run(std::vector<View>(1), zero_prior(), {-1}, nullptr, {}), UsageError);
}

class Wallace2019Refiner : public ::testing::Test {
protected:
    void SetUp() override {
        path_ = std::filesystem::temp_directory_path() / ("maquette_refiner_" + std::to_string(::getpid()));
        std::filesystem::create_directories(path_);
        save_random_wallace2019(path_ / "w.safetensors", 3);
        network_ = load_refinement_network(path_ / "w.safetensors");
    }
    void TearDown() override { std::filesystem::remove_all(path_); }

    static View view(std::uint8_t shade) {
        View v;
        v.rgb = render::Image(view_size, view_size, 3, 255);
        v.mask = render::FloatImage(view_size, view_size, 1, 0);
        for (int y = 40; y < 90; ++y) {
            for (int x = 30; x < 100; ++x) {
                v.mask.at(x, y) = 1;
                for (int c = 0; c < 3; ++c) v.rgb.at(x, y, c) = static_cast<std::uint8_t>(shade + 10 * c);
            }
        }
        return v;
    }

    std::filesystem::path path_;
    std::shared_ptr<const RefinementNetwork> network_;
};

TEST_F(Wallace2019Refiner, GivesTheSameBitsWhateverThePriorIsCalled) {
    priors::CategoryPrior prior = zero_prior();
    for (std::size_t i = 0; i < prior.mean.values.size(); i += 3) prior.mean.values[i] = 0.7F;
    const Refiner refiner(network_);
    const std::vector<View> views = {view(90)};
    prior.name = "chair";
    const auto chair = refiner.run(views, prior, {2}, nullptr, {});
    prior.name = "toilet";
    const auto toilet = refiner.run(views, prior, {2}, nullptr, {});
    EXPECT_EQ(chair.final->occupancy.values, toilet.final->occupancy.values);
}

TEST_F(Wallace2019Refiner, ReadsAnotherViewInEachIteration) {
    const std::vector<View> views = {view(20), view(200)};
    const auto both = network_->encode(views);
    const auto second = network_->encode(std::vector<View>{view(200)});
    const auto prior = zero_prior();
    const auto at_one = network_->step(*both, prior, prior.mean, 1);
    const auto alone = network_->step(*second, prior, prior.mean, 0);
    const auto at_zero = network_->step(*both, prior, prior.mean, 0);
    double same = 0;
    double other = 0;
    for (std::size_t i = 0; i < alone.values.size(); ++i) {
        same = std::max(same, static_cast<double>(std::abs(at_one.values[i] - alone.values[i])));
        other = std::max(other, static_cast<double>(std::abs(at_zero.values[i] - alone.values[i])));
    }
    // An untrained network looks little at the image, so only the proportion tells.
    EXPECT_GT(other, 1e-6);
    EXPECT_LT(same, 0.01 * other);
}

TEST_F(Wallace2019Refiner, PicksViewsWithoutEncodingThemAgain) {
    const auto all = network_->encode(std::vector<View>{view(20), view(90), view(200)});
    const auto prior = zero_prior();
    const auto picked = all->pick(std::vector<int>{2, 0});
    ASSERT_EQ(picked->count(), 2);
    EXPECT_EQ(network_->step(*picked, prior, prior.mean, 0).values, network_->step(*all, prior, prior.mean, 2).values);
    EXPECT_EQ(network_->step(*picked, prior, prior.mean, 1).values, network_->step(*all, prior, prior.mean, 0).values);
    EXPECT_THROW((void)all->pick(std::vector<int>{3}), UsageError);
    EXPECT_THROW((void)network_->step(*all->pick({}), prior, prior.mean, 0), UsageError);
}

TEST_F(Wallace2019Refiner, BatchesGiveWhatSingleStepsGive) {
    const auto a = network_->encode(std::vector<View>{view(20)});
    const auto b = network_->encode(std::vector<View>{view(140)});
    const auto prior = zero_prior();
    const render::VoxelGrid start = prior.mean;
    const std::vector<RefinementQuery> queries = {{a.get(), &prior, &start, 0}, {b.get(), &prior, &start, 0}};
    const auto batch = network_->step_batch(queries);
    const auto single = network_->step(*b, prior, start, 0);
    ASSERT_EQ(batch.size(), 2U);
    for (std::size_t i = 0; i < single.values.size(); i += 97) {
        EXPECT_NEAR(batch[1].values[i], single.values[i], 1e-5);
    }
}

TEST_F(Wallace2019Refiner, RefusesNoViews) {
    EXPECT_THROW((void)network_->encode({}), UsageError);
}

TEST_F(Wallace2019Refiner, NamesMissingAndMisshapenTensors) {
    auto file = render::read_safetensors(path_ / "w.safetensors");
    file.tensors.erase("image.dense.bias");
    file.tensors["prior.conv1.bias"].shape = {16};
    file.tensors["prior.conv1.bias"].bytes.resize(32);
    file.tensors["surplus"] = render::TensorData::from_floats(std::vector<float>{1}, {1});
    render::write_safetensors(path_ / "broken.safetensors", file);
    try {
        (void)load_refinement_network(path_ / "broken.safetensors");
        FAIL() << "broken weights were loaded";
    } catch (const InputError& error) {
        const std::string message = error.what();
        EXPECT_NE(message.find("missing image.dense.bias"), std::string::npos) << message;
        EXPECT_NE(message.find("prior.conv1.bias is [16]"), std::string::npos) << message;
        EXPECT_NE(message.find("unexpected surplus"), std::string::npos) << message;
    }
}

TEST_F(Wallace2019Refiner, NamesAnUnknownArchitecture) {
    auto file = render::read_safetensors(path_ / "w.safetensors");
    file.metadata["architecture"] = "perceiver";
    render::write_safetensors(path_ / "other.safetensors", file);
    EXPECT_THROW((void)load_refinement_network(path_ / "other.safetensors"), InputError);
}

}  // namespace
}  // namespace maquette::recon
