#include "recon/train/mask_training.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include "recon/eval/prior_sampler.h"
#include "recon/segment/mask_network.h"
#include "recon/train/mask_batch.h"
#include "recon/train/optimizer.h"
#include "render/error.h"
#include "render/io/image_io.h"
#include "tests/support/box_dataset.h"

namespace maquette::recon {
namespace {

class MaskTrainingTest : public ::testing::Test {
protected:
    static void SetUpTestSuite() {
        boxes_ = new testing::BoxDataset(
            "mask_training", {{"tall", priors::Split::train, 3}, {"tall", priors::Split::validation, 2}}, 3);
        const auto folder = boxes_->folder() / "photos" / "deeper";
        std::filesystem::create_directories(folder);
        for (int i = 0; i < 20; ++i) {
            photos_.emplace_back(80, 60, 3, static_cast<std::uint8_t>(10 * i));
            for (int x = 0; x < 80; ++x) photos_.back().at(x, 2 * i, 1) = 255;
            render::write_image(folder / (std::to_string(i) + ".png"), photos_.back());
        }
    }
    static void TearDownTestSuite() {
        delete boxes_;
        boxes_ = nullptr;
        photos_.clear();
    }

    [[nodiscard]] static MaskTrainingOptions options(const std::string& name, long long steps) {
        MaskTrainingOptions o;
        o.dataset = boxes_->file();
        o.output = boxes_->folder() / name;
        o.backgrounds = boxes_->folder() / "photos";
        o.batch_size = 2;
        o.samples.image_size = 64;
        o.validation_pictures = 4;
        o.steps = steps;
        o.max_minutes = 0;
        o.constant_after = 1;
        o.validate_every = 100;
        o.threads = 1;
        return o;
    }

    static testing::BoxDataset* boxes_;
    static std::vector<render::Image> photos_;
};
testing::BoxDataset* MaskTrainingTest::boxes_ = nullptr;
std::vector<render::Image> MaskTrainingTest::photos_;

TEST_F(MaskTrainingTest, BatchesAreTheSameForASeed) {
    const ShapeDataset dataset(boxes_->file());
    const auto shapes = shapes_of(dataset, priors::Split::train);
    const MaskBatchSettings settings{.batch_size = 6, .image_size = 64, .box_fraction = 0.5};
    const MaskBatchSource source(dataset, shapes, photos_, settings);
    const auto batch = source.batch(4);
    EXPECT_EQ(batch.pictures.sizes(), (std::vector<std::int64_t>{6, 4, 64, 64}));
    EXPECT_EQ(batch.masks.sizes(), (std::vector<std::int64_t>{6, 1, 64, 64}));
    EXPECT_TRUE(at::equal(batch.pictures, source.batch(4).pictures));
    EXPECT_TRUE(at::equal(batch.masks, source.batch(4).masks));
    EXPECT_FALSE(at::equal(batch.masks, source.batch(5).masks));
    for (std::int64_t i = 0; i < 6; ++i) {
        EXPECT_GT(batch.masks[i].sum().item<float>(), 20) << i;
        // A box holds nearly all of its object.
        const auto box = batch.pictures[i][3];
        if (box.sum().item<float>() == 0) continue;
        const auto inside = (batch.masks[i][0] * box).sum() / batch.masks[i].sum();
        EXPECT_GT(inside.item<float>(), 0.9) << i;
    }
}

TEST_F(MaskTrainingTest, PhotographsTakeTheirShareOfTheObjects) {
    const ShapeDataset dataset(boxes_->file());
    const auto shapes = shapes_of(dataset, priors::Split::train);
    DatasetView green;
    green.rgb = render::Image(40, 30, 3);
    green.mask = render::Image(40, 30, 1, 255);
    for (int y = 0; y < 30; ++y) {
        for (int x = 0; x < 40; ++x) green.rgb.at(x, y, 1) = 230;
    }
    const MaskBatchSettings settings{.batch_size = 16,
                                     .image_size = 64,
                                     .cutout_fraction = 0.5,
                                     .others_fraction = 0,
                                     .texture_fraction = 0,
                                     .border_fraction = 0};
    const auto batch = MaskBatchSource(dataset, shapes, photos_, settings, {&green, 1}).batch(2);
    int photographs = 0;
    for (std::int64_t i = 0; i < 16; ++i) {
        const auto mask = batch.masks[i][0] > 0.9;
        const auto green_excess = batch.pictures[i][1] - batch.pictures[i][0];
        if (green_excess.masked_select(mask).mean().item<float>() > 0.3) ++photographs;
    }
    EXPECT_GE(photographs, 3);
    EXPECT_LE(photographs, 13);
}

TEST_F(MaskTrainingTest, PaddingIsNoObject) {
    const ShapeDataset dataset(boxes_->file());
    MaskBatchSettings settings{.batch_size = 8, .image_size = 64, .padded_fraction = 1};
    const auto batch = MaskBatchSource(dataset, shapes_of(dataset, priors::Split::train), photos_, settings).batch(1);
    const auto grey = (batch.pictures.narrow(1, 0, 3) - render::foreground_padding / 255.0).abs().amax(1, true) < 1e-4;
    EXPECT_GT(grey.sum().item<std::int64_t>(), 64);
    const auto bars = grey.logical_and(grey.to(torch::kFloat32).mean(2, true) == 1);
    EXPECT_EQ((batch.masks * bars).sum().item<float>(), 0);
}

TEST_F(MaskTrainingTest, RefusesWhatItCannotDraw) {
    const ShapeDataset dataset(boxes_->file());
    const auto shapes = shapes_of(dataset, priors::Split::train);
    EXPECT_THROW(MaskBatchSource(dataset, {}, photos_, {}), InputError);
    EXPECT_THROW(MaskBatchSource(dataset, shapes, {photos_.data(), 1}, {}), UsageError);
    EXPECT_THROW(MaskBatchSource(dataset, shapes, photos_, {.image_size = 100}), UsageError);
    auto none = options("none", 1);
    none.backgrounds.clear();
    EXPECT_THROW(train_mask(none, nullptr, {}), UsageError);
    none.backgrounds = boxes_->folder() / "nowhere";
    EXPECT_THROW(train_mask(none, nullptr, {}), InputError);
}

TEST_F(MaskTrainingTest, LearnsATinyBatchByHeart) {
    const ShapeDataset dataset(boxes_->file());
    const MaskBatchSettings settings{.batch_size = 4, .image_size = 64};
    const auto batch = MaskBatchSource(dataset, shapes_of(dataset, priors::Split::train), photos_, settings).batch(0);
    auto parameters = initial_parameters(segment::mask_network_shapes(), 1);
    for (auto& [name, tensor] : parameters) tensor.requires_grad_(true);
    Optimizer optimizer({}, parameters);
    double first = 0;
    double last = 0;
    for (int step = 0; step < 40; ++step) {
        const auto loss =
            at::binary_cross_entropy_with_logits(segment::mask_logits(parameters, batch.pictures), batch.masks);
        last = loss.item<double>();
        if (step == 0) first = last;
        loss.backward();
        if (step == 0) {
            for (const auto& [name, tensor] : parameters) EXPECT_TRUE(tensor.grad().defined()) << name;
        }
        clip_gradients(parameters, 1);
        optimizer.step(parameters, 2e-3);
    }
    EXPECT_LT(last, 0.4 * first);
}

TEST_F(MaskTrainingTest, AResumedRunIsTheUninterruptedOne) {
    train_mask(options("whole", 4), nullptr, {});
    train_mask(options("parts", 2), nullptr, {});
    auto second = options("parts", 4);
    second.resume = true;
    train_mask(second, nullptr, {});
    const auto whole = render::read_safetensors(boxes_->folder() / "whole" / "checkpoint.safetensors");
    const auto parts = render::read_safetensors(boxes_->folder() / "parts" / "checkpoint.safetensors");
    for (const char* name : {"model.image.stem.weight", "model.head.weight"}) {
        ASSERT_TRUE(whole.tensors.contains(name)) << name;
        EXPECT_EQ(whole.tensors.at(name).bytes, parts.tensors.at(name).bytes) << name;
    }
    const auto network = segment::load_mask_network(boxes_->folder() / "whole" / "weights.safetensors");
    for (const char* fact : {"iou_with_box", "iou_without_box", "validation", "data_digest"}) {
        EXPECT_TRUE(network.metadata().contains(fact)) << fact;
    }
}

}  // namespace
}  // namespace maquette::recon
