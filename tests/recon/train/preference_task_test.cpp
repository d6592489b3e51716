#include "recon/train/preference_task.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "render/error.h"
#include "render/io/safetensors.h"
#include "tests/recon/train/toy_discs.h"

namespace maquette::recon {
namespace {

using testing::ToyDiscs;

class PreferenceTaskTest : public ::testing::Test {
protected:
    // Made once: it has to learn to draw.
    static void SetUpTestSuite() {
        toy_ = std::make_unique<ToyDiscs>();
        toy_->rate_redder(400, 0.15, 1000);
        folder_ = std::filesystem::temp_directory_path() / ("maquette_preferences_" + std::to_string(::getpid()));
    }
    static void TearDownTestSuite() {
        toy_.reset();
        std::filesystem::remove_all(folder_);
    }

    static TrainerOptions trainer(const std::string& name) {
        TrainerOptions o;
        o.output = folder_ / name;
        o.batch_size = 16;
        o.learning_rate = 2e-3;
        o.weight_decay = 0;
        o.steps = 150;
        o.max_minutes = 0;
        o.ema_decay = 0.9;
        o.constant_after = 10;
        o.validate_every = 50;
        o.threads = 1;
        return o;
    }
    /// The toy has no conditions to withhold.
    static PreferenceOptions preferences(const std::string& objective) {
        PreferenceOptions o;
        o.objective = objective;
        o.sampler_steps = 10;
        o.winner_limit = 100;
        o.winner_anchor = 0;
        return o;
    }

    /// What training leaves behind.
    static Parameters tuned(const PreferenceSubject& subject, const PreferenceOptions& options,
                            const TrainerOptions& training,
                            const std::function<void(const TrainingProgress&)>& progress = {},
                            const std::stop_token& stop = {}) {
        PreferenceTask task(subject, options, training, "toy", "made up",
                            [&](const auto& path, const auto& average, const auto& metadata) {
                                render::SafetensorsFile file;
                                add_parameters(file, average, render::TensorType::f32);
                                file.metadata = metadata;
                                render::write_safetensors(path, file);
                            });
        run_training(task, training, progress, stop);
        const auto path = training.output / "weights.safetensors";
        return parameters_from(render::read_safetensors(path), subject.parameter_shapes(), path.string());
    }

    static std::vector<nlohmann::json> log_of(const TrainerOptions& training) {
        std::vector<nlohmann::json> lines;
        std::ifstream log(training.output / "log.jsonl");
        for (std::string line; std::getline(log, line);) lines.push_back(nlohmann::json::parse(line));
        return lines;
    }

    /// How often a picture of the tuned network is redder than one of the reference, each by noise of its own that no
    /// pair was drawn from. Over all combinations of 1024 and 1024.
    static double win_rate(const Parameters& parameters) {
        constexpr std::int64_t count = 1024;
        const auto own = toy_->redness(toy_->drawn(parameters, count, 500000));
        const auto before = toy_->redness(toy_->drawn(toy_->reference(), count, 600000));
        return (own.unsqueeze(1) > before.unsqueeze(0)).to(torch::kFloat32).mean().item<double>();
    }

    static std::unique_ptr<ToyDiscs> toy_;
    static std::filesystem::path folder_;
};

std::unique_ptr<ToyDiscs> PreferenceTaskTest::toy_;
std::filesystem::path PreferenceTaskTest::folder_;

TEST_F(PreferenceTaskTest, BeginsAtLogTwoAndLearnsWhatIsPreferred) {
    const auto training = trainer("dpo");
    const auto parameters = tuned(*toy_, preferences("dpo"), training);
    const auto log = log_of(training);
    ASSERT_EQ(log.size(), 150U);
    EXPECT_NEAR(log.front()["loss"], std::log(2.0), 1e-6);
    EXPECT_EQ(log.front()["winner_error"], log.front()["reference_winner_error"]);
    EXPECT_EQ(log.front()["loser_error"], log.front()["reference_loser_error"]);
    EXPECT_EQ(log.front()["median_margin"], 0);
    EXPECT_GT(log.back()["beta"], 0);
    EXPECT_NE(log.back()["loser_error"], log.back()["reference_loser_error"]);
    EXPECT_GT(log.back()["validation"], 0.55);
    EXPECT_GT(win_rate(parameters), 0.65);
}

TEST_F(PreferenceTaskTest, LearnsNothingFromLabelsByLot) {
    const double rate = win_rate(tuned(*toy_, preferences("shuffled"), trainer("shuffled")));
    EXPECT_GT(rate, 0.45);
    EXPECT_LT(rate, 0.55);
}

// Of a network that can hardly draw one colour better without drawing another worse.
TEST_F(PreferenceTaskTest, TheAnchorKeepsTheWinners) {
    const auto winners_error = [&](const std::string& name, double anchor) {
        const auto training = trainer(name);
        auto options = preferences("dpo");
        options.winner_anchor = anchor;
        tuned(*toy_, options, training);
        const auto last = log_of(training).back();
        EXPECT_GT(last["validation"], 0.55) << anchor;
        return std::stod(last["facts"]["held_out_winner_error"].get<std::string>());
    };
    EXPECT_GT(winners_error("free", 0), 10);
    EXPECT_LT(winners_error("anchored", PreferenceOptions().winner_anchor), 5);
}

TEST_F(PreferenceTaskTest, WeighsPreferencesByTheProbeSteps) {
    auto training = trainer("beta");
    training.steps = 30;
    // At the full rate from the beginning, as the probe steps are.
    training.constant_after = 1;
    tuned(*toy_, preferences("dpo"), training);
    const auto log = log_of(training);
    double sum = 0;
    for (std::size_t i = 10; i < 20; ++i) sum += log[i]["median_margin"].get<double>() / 10;
    EXPECT_GT(sum, 0.3);
    EXPECT_LT(sum, 2);

    auto options = preferences("dpo");
    options.beta = 321;
    training = trainer("given beta");
    training.steps = 1;
    tuned(*toy_, options, training);
    EXPECT_EQ(log_of(training).front()["beta"], 321);
}

TEST_F(PreferenceTaskTest, FineTunesOnWinnersAlone) {
    auto training = trainer("winners");
    const auto parameters = tuned(*toy_, preferences("winners"), training);
    const auto log = log_of(training);
    EXPECT_EQ(log.front()["loss"], log.front()["winner_error"]);
    EXPECT_FALSE(log.front().contains("beta"));
    EXPECT_GT(log.back()["validation"], 0);
    EXPECT_GT(win_rate(parameters), 0.55);
}

// The noise's error, whichever way the network says what is noise.
TEST_F(PreferenceTaskTest, ErrorsAreThoseOfTheNoise) {
    ToyDiscs other(diffusion::Parameterization::epsilon);
    other.rate_redder(20, 0, 1000);
    auto training = trainer("epsilon");
    training.steps = 1;
    auto options = preferences("winners");
    tuned(other, options, training);
    const double by_noise = log_of(training).front()["winner_error"];
    ToyDiscs same(diffusion::Parameterization::velocity);
    same.rate_redder(20, 0, 1000);
    training.output = folder_ / "velocity";
    tuned(same, options, training);
    const double by_velocity = log_of(training).front()["winner_error"];
    EXPECT_NEAR(by_noise, by_velocity, 1e-3 * by_velocity);
}

TEST_F(PreferenceTaskTest, GoesOnFromACheckpointAsIfNothingHadHappened) {
    auto straight = trainer("straight");
    straight.steps = 30;
    straight.validate_every = 10;
    tuned(*toy_, preferences("dpo"), straight);
    auto resumed = straight;
    resumed.output = folder_ / "resumed";
    std::stop_source stop;
    EXPECT_THROW(tuned(
                     *toy_, preferences("dpo"), resumed,
                     [&](const TrainingProgress& progress) {
                         if (progress.step == 13) stop.request_stop();
                     },
                     stop.get_token()),
                 Interrupted);
    resumed.resume = true;
    tuned(*toy_, preferences("dpo"), resumed);
    // Weights, their average and the optimiser's state.
    const auto expected = render::read_safetensors(straight.output / "checkpoint.safetensors").tensors;
    const auto found = render::read_safetensors(resumed.output / "checkpoint.safetensors").tensors;
    ASSERT_EQ(expected.size(), found.size());
    for (const auto& [name, tensor] : expected) EXPECT_EQ(tensor.bytes, found.at(name).bytes) << name;
    const auto a = log_of(straight);
    const auto b = log_of(resumed);
    ASSERT_EQ(a.size(), 30U);
    ASSERT_EQ(b.size(), 30U);
    for (std::size_t i = 0; i < 30; ++i) {
        for (const char* key : {"loss", "winner_error", "loser_error", "beta", "implicit_accuracy"}) {
            EXPECT_EQ(a[i][key], b[i][key]) << i << key;
        }
    }
}

TEST_F(PreferenceTaskTest, EndsWhereTheWinnersGetWorse) {
    auto training = trainer("ruin");
    // Far too large.
    training.learning_rate = 0.3;
    auto options = preferences("dpo");
    options.winner_limit = 0.05;
    options.winner_anchor = 0;
    options.beta = 1000;
    tuned(*toy_, options, training);
    const auto log = log_of(training);
    EXPECT_GE(log.size(), 20U);
    EXPECT_LT(log.size(), 150U);
    EXPECT_NE(log.back()["stopped"].get<std::string>().find("above the reference's"), std::string::npos);
}

TEST_F(PreferenceTaskTest, RefusesWhatDoesNotFit) {
    const auto training = trainer("bad");
    auto options = preferences("magic");
    EXPECT_THROW(tuned(*toy_, options, training), UsageError);
    options = preferences("dpo");
    options.times = "never";
    EXPECT_THROW(tuned(*toy_, options, training), UsageError);
    options = preferences("dpo");
    options.held_out = 1;
    EXPECT_THROW(tuned(*toy_, options, training), UsageError);
    ToyDiscs lonely;
    lonely.rate_redder(1, 0, 1000);
    EXPECT_THROW(tuned(lonely, preferences("dpo"), training), InputError);
}

}  // namespace
}  // namespace maquette::recon
