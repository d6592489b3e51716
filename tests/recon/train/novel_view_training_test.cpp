#include "recon/train/novel_view_training.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "recon/diffusion/geometry_picture.h"
#include "recon/diffusion/novel_view_denoiser.h"
#include "recon/diffusion/pose_code.h"
#include "recon/eval/prior_sampler.h"
#include "recon/train/novel_view_batch.h"
#include "render/error.h"
#include "tests/support/box_dataset.h"

namespace maquette::recon {
namespace {

class NovelViewTraining : public ::testing::Test {
protected:
    [[nodiscard]] NovelViewTrainingOptions options(const std::string& name) const {
        NovelViewTrainingOptions o;
        o.dataset = boxes_->file();
        o.output = boxes_->folder() / name;
        o.batch_size = 2;
        o.width = 32;
        o.steps = 2;
        o.max_minutes = 0;
        o.validate_every = 2;
        o.validation_pairs = 2;
        o.threads = 1;
        return o;
    }

    /// Settings under which nothing is spoilt or withheld.
    static NovelViewBatchSettings plain() {
        NovelViewBatchSettings settings;
        settings.batch_size = 12;
        settings.photo_dropout = 0;
        settings.geometry_dropout = 0;
        settings.degraded_fraction = 0;
        return settings;
    }

    [[nodiscard]] std::vector<double> losses(const std::string& name) const {
        std::vector<double> values;
        std::ifstream log(boxes_->folder() / name / "log.jsonl");
        for (std::string line; std::getline(log, line);) values.push_back(nlohmann::json::parse(line)["loss"]);
        return values;
    }

    // Made once: a dataset takes seconds.
    static void SetUpTestSuite() {
        boxes_ = std::make_unique<recon::testing::BoxDataset>(
            "novel_view_training",
            std::vector<recon::testing::BoxGroup>{{"tall", priors::Split::train, 3},
                                                  {"flat", priors::Split::train, 3},
                                                  {"flat", priors::Split::validation, 1}},
            4);
    }
    static void TearDownTestSuite() { boxes_.reset(); }

    static std::unique_ptr<recon::testing::BoxDataset> boxes_;
};

std::unique_ptr<recon::testing::BoxDataset> NovelViewTraining::boxes_;

TEST_F(NovelViewTraining, BatchesAreTheSameForANumberAndDifferOtherwise) {
    const ShapeDataset dataset(boxes_->file());
    const NovelViewBatchSource source(dataset, shapes_of(dataset, priors::Split::train), plain());
    const auto a = source.batch(5);
    const auto b = source.batch(5);
    EXPECT_TRUE(at::equal(a.targets, b.targets));
    EXPECT_TRUE(at::equal(a.conditions.photo, b.conditions.photo));
    EXPECT_TRUE(at::equal(a.conditions.geometry, b.conditions.geometry));
    EXPECT_TRUE(at::equal(a.conditions.pose, b.conditions.pose));
    EXPECT_FALSE(at::equal(a.targets, source.batch(6).targets));
    for (std::int64_t i = 0; i < 12; ++i) EXPECT_FALSE(at::equal(a.targets[i], a.conditions.photo[i])) << i;
}

// Mirrored or not: the coarse shape's picture covers about what the target's mask does.
TEST_F(NovelViewTraining, GeometryFallsOnTheTarget) {
    const ShapeDataset dataset(boxes_->file());
    const NovelViewBatchSource source(dataset, shapes_of(dataset, priors::Split::train), plain());
    double own = 0;
    double flipped = 0;
    for (int number = 0; number < 4; ++number) {
        const auto batch = source.batch(number);
        const auto solid = batch.conditions.geometry.select(1, 0) > 0;
        const auto overlap = [&](const torch::Tensor& mask) {
            const auto both = (solid & mask).sum({1, 2}).to(torch::kFloat32);
            return (both / (solid | mask).sum({1, 2})).mean().item<double>();
        };
        own += overlap(batch.targets.select(1, 3) > 0) / 4;
        flipped += overlap((batch.targets.select(1, 3) > 0).flip({2})) / 4;
    }
    EXPECT_GT(own, 0.6);
    EXPECT_LT(own, 0.95);
    EXPECT_GT(own, flipped + 0.03);
}

TEST_F(NovelViewTraining, WithholdsWhatItIsTold) {
    const ShapeDataset dataset(boxes_->file());
    const auto train = shapes_of(dataset, priors::Split::train);
    auto settings = plain();
    settings.geometry = false;
    const auto without = NovelViewBatchSource(dataset, train, settings).batch(3);
    const auto with = NovelViewBatchSource(dataset, train, plain()).batch(3);
    EXPECT_EQ(without.conditions.geometry.abs().max().item<float>(), 0);
    EXPECT_GT(with.conditions.geometry.abs().max().item<float>(), 0);
    EXPECT_TRUE(at::equal(without.targets, with.targets));
    EXPECT_TRUE(at::equal(without.conditions.photo, with.conditions.photo));

    settings = plain();
    settings.photo_dropout = 1;
    const auto blind = NovelViewBatchSource(dataset, train, settings).batch(3);
    EXPECT_EQ(blind.conditions.photo.abs().max().item<float>(), 0);
    EXPECT_EQ(blind.conditions.pose.narrow(1, 0, diffusion::photo_pose_width).abs().max().item<float>(), 0);
    EXPECT_GT(blind.conditions.pose.abs().max().item<float>(), 0);
    const auto colours = [](const NovelViewBatch& batch) {
        return batch.conditions.geometry.narrow(1, diffusion::geometry_channel::colour, 4).abs().max().item<float>();
    };
    EXPECT_GT(colours(with), 0);
    EXPECT_EQ(colours(blind), 0);

    settings = plain();
    settings.geometry_dropout = 0.5;
    settings.batch_size = 64;
    const auto half = NovelViewBatchSource(dataset, train, settings).batch(3);
    const auto shown = (half.conditions.geometry.abs().amax({1, 2, 3}) > 0).sum().item<int>();
    EXPECT_GT(shown, 16);
    EXPECT_LT(shown, 48);
}

TEST_F(NovelViewTraining, WritesWeightsThatLoadAndSayWhatTheyAre) {
    train_novel_view(options("run"), nullptr, {});
    const auto weights = diffusion::load_novel_view(boxes_->folder() / "run" / "weights.safetensors");
    EXPECT_TRUE(weights->knows_geometry);
    EXPECT_EQ(weights->model.config().unet.block_out_channels, (std::vector<int>{32, 32, 64, 64}));
    EXPECT_EQ(weights->metadata.at("steps"), "2");
    EXPECT_GT(std::stod(weights->metadata.at("psnr")), 3);
    EXPECT_EQ(weights->metadata.count("mask_iou_geometry"), 1U);

    auto o = options("blind");
    o.samples.geometry = false;
    train_novel_view(o, nullptr, {});
    const auto blind = diffusion::load_novel_view(boxes_->folder() / "blind" / "weights.safetensors");
    EXPECT_FALSE(blind->knows_geometry);
}

TEST_F(NovelViewTraining, GoesOnFromACheckpointAsIfNothingHadHappened) {
    auto o = options("straight");
    o.steps = 4;
    train_novel_view(o, nullptr, {});
    auto resumed = options("resumed");
    resumed.steps = 4;
    resumed.checkpoint_minutes = 0;
    std::stop_source stop;
    try {
        train_novel_view(
            resumed,
            [&](const TrainingProgress& progress) {
                if (progress.step == 2) stop.request_stop();
            },
            stop.get_token());
        ADD_FAILURE() << "was not stopped";
    } catch (const Interrupted&) {
    }
    resumed.resume = true;
    train_novel_view(resumed, nullptr, {});
    const auto a = losses("straight");
    const auto b = losses("resumed");
    ASSERT_EQ(a.size(), 4U);
    ASSERT_EQ(b.size(), 4U);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(a[i], b[i], 1e-5) << i;
}

TEST_F(NovelViewTraining, LearnsTheBoxes) {
    auto o = options("learns");
    o.steps = 24;
    o.batch_size = 4;
    o.learning_rate = 2e-3;
    o.validate_every = 24;
    train_novel_view(o, nullptr, {});
    const auto values = losses("learns");
    const auto mean = [&](std::size_t from, std::size_t to) {
        double sum = 0;
        for (std::size_t i = from; i < to; ++i) sum += values[i];
        return sum / static_cast<double>(to - from);
    };
    EXPECT_LT(mean(16, 24), 0.95 * mean(0, 4));
}

TEST_F(NovelViewTraining, RefusesBadOptions) {
    auto o = options("bad");
    o.width = 40;
    EXPECT_THROW(train_novel_view(o, nullptr, {}), UsageError);
    o = options("bad");
    o.samples.max_shots = 0;
    EXPECT_THROW(train_novel_view(o, nullptr, {}), UsageError);
    o = options("bad");
    o.dataset = boxes_->folder() / "missing.mqd";
    EXPECT_THROW(train_novel_view(o, nullptr, {}), InputError);
}

}  // namespace
}  // namespace maquette::recon
