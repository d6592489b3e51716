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

#include "recon/data/dataset_builder.h"
#include "recon/refine/refinement_network.h"
#include "render/error.h"

namespace maquette::recon {
namespace {

namespace fs = std::filesystem;

/// Six boxes of two categories, two of them for validation.
class WallaceTraining : public ::testing::Test {
protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() / ("maquette_training_" + std::to_string(::getpid()));
        fs::create_directories(folder_);
        std::vector<priors::CatalogueEntry> entries;
        for (int i = 0; i < 6; ++i) {
            priors::CatalogueEntry entry;
            entry.id = "box-" + std::to_string(i);
            entry.category = i % 2 == 0 ? "tall" : "flat";
            entry.split = i < 4 ? priors::Split::train : priors::Split::validation;
            entries.push_back(entry);
        }
        const ShapeSource source{entries,
                                 "made up",
                                 [](const priors::CatalogueEntry& entry) {
                                     const float size = 0.3F + 0.1F * static_cast<float>(entry.id.back() - '0');
                                     return render::make_box(entry.category == "tall" ? Eigen::Vector3f(size, 1, size)
                                                                                      : Eigen::Vector3f(1, size, 1));
                                 },
                                 {}};
        DatasetOptions dataset;
        dataset.views = 4;
        build_dataset(source, folder_ / "boxes.mqd", dataset, nullptr, {});
    }
    void TearDown() override { fs::remove_all(folder_); }

    [[nodiscard]] WallaceTrainingOptions options(const std::string& name) const {
        WallaceTrainingOptions o;
        o.dataset = folder_ / "boxes.mqd";
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

    fs::path folder_;
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
