#include "recon/train/wallace_training.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <thread>

#include "recon/refine/refinement_network.h"
#include "render/error.h"
#include "tests/support/box_dataset.h"

namespace maquette::recon {
namespace {

namespace fs = std::filesystem;

class WallaceTraining : public ::testing::Test {
protected:
    [[nodiscard]] WallaceTrainingOptions options(const std::string& name) const {
        WallaceTrainingOptions o;
        o.dataset = boxes_.file();
        o.output = folder_ / name;
        o.batch_size = 2;
        o.refine_iterations = 1;
        o.steps = 8;
        o.max_minutes = 0;
        o.validate_every = 8;
        o.checkpoint_minutes = 0;
        o.threads = 1;
        return o;
    }

    [[nodiscard]] std::vector<double> losses(const std::string& name) const {
        std::vector<double> values;
        std::ifstream log(folder_ / name / "log.jsonl");
        for (std::string line; std::getline(log, line);) {
            const auto json = nlohmann::json::parse(line, nullptr, false);
            if (!json.is_object()) break;
            EXPECT_EQ(json["step"].get<std::size_t>(), values.size() + 1);
            values.push_back(json["loss"]);
        }
        return values;
    }

    recon::testing::BoxDataset boxes_{"wallace_training",
                                      {{"tall", priors::Split::train, 2},
                                       {"flat", priors::Split::train, 2},
                                       {"tall", priors::Split::validation, 1},
                                       {"flat", priors::Split::validation, 1}},
                                      4};
    fs::path folder_ = boxes_.folder();
};

TEST_F(WallaceTraining, GoesOnAfterKillAsIfNothingHappened) {
    const pid_t child = ::fork();
    if (child == 0) {
        train_wallace2019(options("killed"), nullptr, {});
        ::_exit(0);
    }
    for (int i = 0; i < 3000 && losses("killed").size() < 4; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "training finished before it could be killed";
    ASSERT_TRUE(fs::exists(folder_ / "killed" / "checkpoint.safetensors"));

    auto resumed = options("killed");
    resumed.resume = true;
    train_wallace2019(resumed, nullptr, {});
    train_wallace2019(options("straight"), nullptr, {});

    const auto with_kill = losses("killed");
    const auto straight = losses("straight");
    ASSERT_EQ(straight.size(), 8U);
    ASSERT_EQ(with_kill.size(), 8U);
    for (std::size_t i = 0; i < straight.size(); ++i) EXPECT_NEAR(with_kill[i], straight[i], 1e-6) << "step " << i + 1;
    // Batches of two differ too much to compare single ones.
    const double first_half = std::accumulate(straight.begin(), straight.begin() + 4, 0.0);
    const double second_half = std::accumulate(straight.begin() + 4, straight.end(), 0.0);
    EXPECT_LT(second_half, first_half);
}

TEST_F(WallaceTraining, WritesWeightsThatLoad) {
    auto o = options("run");
    o.steps = 2;
    o.optimizer = "adadelta";
    o.learning_rate = 1;
    train_wallace2019(o, nullptr, {});
    const auto network = load_refinement_network(o.output / "weights.safetensors");
    EXPECT_EQ(network->architecture(), "wallace2019");
    EXPECT_EQ(network->metadata().at("steps"), "2");
    EXPECT_GE(network->default_iterations(), 1);
}

TEST_F(WallaceTraining, RefusesBadOptionsAndForeignCheckpoints) {
    auto o = options("run");
    o.batch_size = 0;
    EXPECT_THROW(train_wallace2019(o, nullptr, {}), UsageError);
    o = options("run");
    o.dataset = folder_ / "missing.mqd";
    EXPECT_THROW(train_wallace2019(o, nullptr, {}), InputError);
    o = options("run");
    o.resume = true;
    fs::create_directories(o.output);
    std::ofstream(o.output / "checkpoint.safetensors") << "not a checkpoint";
    EXPECT_THROW(train_wallace2019(o, nullptr, {}), InputError);
}

}  // namespace
}  // namespace maquette::recon
