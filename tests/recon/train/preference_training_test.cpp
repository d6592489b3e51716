#include "recon/train/preference_training.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "recon/diffusion/novel_view_denoiser.h"
#include "recon/diffusion/preference_delta.h"
#include "recon/eval/dataset_views.h"
#include "recon/eval/prior_sampler.h"
#include "recon/train/pair_pictures.h"
#include "recon/train/preference_judge.h"
#include "recon/train/preference_making.h"
#include "render/error.h"
#include "tests/recon/train/moody_judge.h"
#include "tests/support/box_dataset.h"

namespace maquette::recon {
namespace {

class PreferenceTraining : public ::testing::Test {
protected:
    // Made once: a dataset takes seconds, and so do pairs.
    static void SetUpTestSuite() {
        boxes_ = std::make_unique<recon::testing::BoxDataset>(
            "preference_training",
            std::vector<recon::testing::BoxGroup>{{"tall", priors::Split::train, 2},
                                                  {"flat", priors::Split::train, 2},
                                                  {"flat", priors::Split::validation, 2},
                                                  {"flat", priors::Split::novel, 3}},
            4);
        diffusion::save_random_novel_view(path("base.safetensors"), 3);
        base_ = diffusion::load_novel_view(path("base.safetensors"));
        judge_ = std::make_unique<recon::testing::MoodyJudge>();
        make(making("pairs.mqr", 5));
    }
    static void TearDownTestSuite() { boxes_.reset(); }

    static std::filesystem::path path(const std::string& name) { return boxes_->folder() / name; }

    static PreferenceMakingOptions making(const std::string& name, int wanted) {
        PreferenceMakingOptions o;
        o.dataset = boxes_->file();
        o.pairs = path(name);
        o.wanted = wanted;
        o.minutes = 2;
        o.candidates = 2;
        o.sampler_steps = 2;
        o.margin = 0.001;
        o.threads = 1;
        return o;
    }
    static void make(const PreferenceMakingOptions& options, int stop_after = -1) {
        std::stop_source stop;
        make_preference_pairs(
            *base_, *judge_, options,
            [&](const MakingProgress& progress) {
                if (progress.queries == stop_after) stop.request_stop();
            },
            stop.get_token());
    }

    static PreferenceTrainingOptions options(const std::string& name) {
        PreferenceTrainingOptions o;
        o.output = path(name);
        o.base = path("base.safetensors");
        o.pair_files = {path("pairs.mqr")};
        o.margin = 0.001;
        o.learning_rate = 1e-4;
        o.batch_size = 2;
        o.steps = 3;
        o.max_minutes = 0;
        o.ema_decay = 0.5;
        o.constant_after = 1;
        o.validate_every = 3;
        o.threads = 1;
        o.preferences.beta = 1000;
        return o;
    }

    static std::vector<nlohmann::json> log_of(const std::string& name) {
        std::vector<nlohmann::json> lines;
        std::ifstream log(path(name) / "log.jsonl");
        for (std::string line; std::getline(log, line);) lines.push_back(nlohmann::json::parse(line));
        return lines;
    }

    static std::unique_ptr<recon::testing::BoxDataset> boxes_;
    static std::shared_ptr<const diffusion::NovelViewWeights> base_;
    static std::unique_ptr<RefinementNetwork> judge_;
};

std::unique_ptr<recon::testing::BoxDataset> PreferenceTraining::boxes_;
std::shared_ptr<const diffusion::NovelViewWeights> PreferenceTraining::base_;
std::unique_ptr<RefinementNetwork> PreferenceTraining::judge_;

TEST_F(PreferenceTraining, JudgesTrainingShapesOnly) {
    const ShapeDataset dataset(boxes_->file());
    std::set<std::string> training;
    for (const int shape : shapes_of(dataset, priors::Split::train)) {
        training.insert(dataset.shapes()[static_cast<std::size_t>(shape)].id);
    }
    const PairFile file = read_pair_file(path("pairs.mqr"));
    ASSERT_GE(file.judged.size(), 5U);
    std::set<std::string> seen;
    for (const auto& judged : file.judged) {
        EXPECT_TRUE(training.contains(judged.shape)) << judged.shape;
        EXPECT_NE(judged.photo, judged.target);
        seen.insert(judged.shape);
    }
    EXPECT_GT(seen.size(), 1U);
}

TEST_F(PreferenceTraining, MakesTheSamePairsInOneRunOrTwo) {
    auto twice = making("twice.mqr", 0);
    make(twice, 1);
    EXPECT_EQ(read_pair_file(twice.pairs).judged.size(), 1U);
    make(twice, 3);
    const PairFile once = read_pair_file(path("pairs.mqr"));
    const PairFile found = read_pair_file(twice.pairs);
    ASSERT_EQ(found.judged.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(found.judged[i].number, static_cast<long long>(i));
        EXPECT_EQ(found.judged[i].rewards, once.judged[i].rewards);
        EXPECT_EQ(found.judged[i].views, once.judged[i].views);
        EXPECT_EQ(found.judged[i].photo_pixels, once.judged[i].photo_pixels);
    }
    twice.candidates = 3;
    EXPECT_THROW(make(twice), InputError);
    twice.candidates = 1;
    EXPECT_THROW(make(twice), UsageError);
    twice = making("none.mqr", 0);
    twice.minutes = 0;
    EXPECT_THROW(make(twice), UsageError);
}

TEST_F(PreferenceTraining, RewardsAreWhatAViewAddsForTheRefiner) {
    const ShapeDataset dataset(boxes_->file());
    const auto training = shapes_of(dataset, priors::Split::train);
    const int shape = training.front();
    const View photo = view_of(dataset, shape, 0);
    View ignored = view_of(dataset, shape, 2);
    ignored.weight = 0;
    View taken = ignored;
    taken.weight = 1;
    const auto truth = dataset.occupancy(shape, 32);
    const auto prior = PriorSampler(dataset, training).prior({training.back()});
    const auto judgement = judge_views(*judge_, photo, prior, truth, std::vector<View>{ignored, taken});
    ASSERT_EQ(judgement.rewards.size(), 2U);
    EXPECT_NEAR(judgement.rewards[0], 0, 1e-3);
    EXPECT_GT(std::abs(judgement.rewards[1]), 1e-3);
}

TEST_F(PreferenceTraining, PicturesComeBackFromTheirBytes) {
    const auto pictures = at::linspace(-1.2, 1.2, 2 * 4 * 5 * 5, torch::kFloat32).view({2, 4, 5, 5});
    const auto bytes = picture_bytes(pictures);
    const auto back = pictures_of(std::span<const std::uint8_t>(bytes), {2, 4, 5, 5});
    EXPECT_LT((back - pictures.clamp(-1, 1)).abs().max().item<double>(), 0.51 / 127.5);
    EXPECT_EQ(picture_bytes(back), bytes);
    const auto signed_bytes = signed_picture_bytes(pictures);
    const auto signed_back = pictures_of(std::span<const std::int8_t>(signed_bytes), {2, 4, 5, 5});
    EXPECT_LT((signed_back - pictures.clamp(-1, 1)).abs().max().item<double>(), 0.51 / 127);
    EXPECT_EQ(signed_picture_bytes(at::zeros({3})), (std::vector<std::int8_t>{0, 0, 0}));
}

TEST_F(PreferenceTraining, BeginsAtLogTwoAndWritesDifferencesThatApply) {
    train_preferences(options("run"), nullptr, {});
    const auto log = log_of("run");
    ASSERT_EQ(log.size(), 3U);
    EXPECT_NEAR(log[0]["loss"], std::log(2.0), 1e-5);
    EXPECT_EQ(log[0]["winner_error"], log[0]["reference_winner_error"]);
    EXPECT_NE(log[2]["winner_error"], log[2]["reference_winner_error"]);

    const auto delta = path("run") / "weights.safetensors";
    EXPECT_THROW(diffusion::load_novel_view(delta), InputError);
    const auto tuned = diffusion::apply_preference_delta(*base_, delta);
    double largest = 0;
    for (const auto& [name, tensor] : tuned->parameters) {
        largest = std::max(largest, (tensor - base_->parameters.at(name)).abs().max().item<double>());
    }
    EXPECT_GT(largest, 1e-5);
    EXPECT_LT(largest, 1e-3);
    const auto metadata = render::read_safetensors(delta).metadata;
    EXPECT_EQ(metadata.at("objective"), "dpo");
    EXPECT_EQ(metadata.at("steps"), "3");
}

TEST_F(PreferenceTraining, CalibratesAndRunsTheControls) {
    auto o = options("winners");
    o.preferences.objective = "winners";
    o.steps = 1;
    train_preferences(o, nullptr, {});
    EXPECT_EQ(log_of("winners")[0]["loss"], log_of("winners")[0]["winner_error"]);
    o = options("shuffled");
    o.preferences.objective = "shuffled";
    o.preferences.times = "all";
    o.preferences.photo_dropout = 1;
    o.preferences.geometry_dropout = 1;
    o.steps = 1;
    train_preferences(o, nullptr, {});
    EXPECT_NEAR(log_of("shuffled")[0]["loss"], std::log(2.0), 1e-5);
}

TEST_F(PreferenceTraining, RefusesPairsOfOtherWeights) {
    diffusion::save_random_novel_view(path("other.safetensors"), 7);
    auto o = options("bad");
    o.base = path("other.safetensors");
    EXPECT_THROW(train_preferences(o, nullptr, {}), InputError);
    o = options("bad");
    o.margin = 0.9;
    EXPECT_THROW(train_preferences(o, nullptr, {}), InputError);
    o = options("bad");
    o.preferences.objective = "magic";
    EXPECT_THROW(train_preferences(o, nullptr, {}), UsageError);
}

}  // namespace
}  // namespace maquette::recon
