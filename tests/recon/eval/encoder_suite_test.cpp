#include "recon/eval/encoder_suite.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "recon/encoders/image_encoder.h"
#include "recon/encoders/photo_descriptor.h"
#include "recon/refine/flagship.h"
#include "render/error.h"
#include "render/io/safetensors.h"
#include "tests/support/box_dataset.h"

namespace maquette::recon {
namespace {

class EncoderSuiteTest : public ::testing::Test {
protected:
    static void SetUpTestSuite() {
        boxes_ = new testing::BoxDataset("encoder_suite",
                                         {{"tall", priors::Split::train, 3},
                                          {"flat", priors::Split::train, 3},
                                          {"tall", priors::Split::validation, 2},
                                          {"flat", priors::Split::held_out, 2},
                                          {"tallest", priors::Split::novel, 2},
                                          {"flattest", priors::Split::novel, 2}},
                                         4);
        std::uint64_t seed = 1;
        for (const char* task : {"rotation", "autoencoder"}) {
            render::SafetensorsFile file;
            add_parameters(file, initial_parameters(encoders::backbone_shapes(), seed++), render::TensorType::f16);
            file.metadata = {{"architecture", encoders::encoder_architecture}, {"task", task}, {"domain", "renders"}};
            const auto folder = boxes_->folder() / "encoders" / task;
            std::filesystem::create_directories(folder);
            render::write_safetensors(folder / "weights.safetensors", file);
        }
    }
    static void TearDownTestSuite() {
        delete boxes_;
        boxes_ = nullptr;
    }
    [[nodiscard]] static EncoderSuiteOptions options() {
        return {.dataset = boxes_->file(), .encoders = {boxes_->folder() / "encoders"}, .views = 2};
    }
    static testing::BoxDataset* boxes_;
};
testing::BoxDataset* EncoderSuiteTest::boxes_ = nullptr;

TEST_F(EncoderSuiteTest, ProbesEveryEncoderBesideTheUntrained) {
    auto asked = options();
    asked.parts = {"pretext"};
    const auto json = to_json(run_encoder_suite(asked, nullptr, {}));
    for (const char* key : {"rotation_minus_autoencoder_ci", "rotation_minus_random_ci"}) {
        ASSERT_TRUE(json.contains(key)) << key;
        EXPECT_LE(json[key][0].get<double>(), json[key][1].get<double>());
    }
    const auto& rows = json["pretext_tasks"]["probes"]["renders"];
    for (const char* task : {"random", "rotation", "autoencoder"}) {
        ASSERT_TRUE(rows.contains(task)) << task;
        const double accuracy = rows[task]["linear"]["mean"].get<double>();
        EXPECT_GE(accuracy, 0);
        EXPECT_LE(accuracy, 1);
    }
    EXPECT_EQ(rows["random"]["encoders"].get<int>(), 3);
}

TEST_F(EncoderSuiteTest, JoinsEncodersAndProposesPriors) {
    auto asked = options();
    asked.parts = {"ensemble", "proposal", "initialisation"};
    asked.shapes_per_category = 1;
    asked.descriptor = boxes_->folder() / "joined.safetensors";
    std::vector<render::FloatImage> pictures;
    for (int i = 0; i < 4; ++i) {
        pictures.emplace_back(64, 64, 4, 0.1F * static_cast<float>(i + 1));
        pictures.back().at(10 * i, 5, 0) = 1;
    }
    encoders::PhotoDescriptor({boxes_->folder() / "encoders" / "rotation" / "weights.safetensors",
                               boxes_->folder() / "encoders" / "autoencoder" / "weights.safetensors"},
                              pictures, 1)
        .save(asked.descriptor);
    asked.refiner_weights = boxes_->folder() / "refiner.safetensors";
    save_random_flagship(asked.refiner_weights, 3);
    const auto json = to_json(run_encoder_suite(asked, nullptr, {}));
    for (const char* key : {"psi_minus_best_single_ci", "psi_minus_concat_ci", "proposed_prior_iou_loss"}) {
        EXPECT_TRUE(json.contains(key)) << key;
    }
    // Where the right category is proposed for each photo, nothing is lost.
    const auto& psi = json["proposal"]["psi"];
    if (psi["first"]["mean"] == 1) {
        EXPECT_EQ(json["proposed_prior_iou_loss"].get<double>(), 0);
    }
    EXPECT_FALSE(json.contains("pretraining_iou_gain_ci"));
}

TEST_F(EncoderSuiteTest, SaysWhatIsMissing) {
    auto asked = options();
    asked.parts = {"poetry"};
    EXPECT_THROW(run_encoder_suite(asked, nullptr, {}), UsageError);
    asked = options();
    asked.encoders = {boxes_->folder() / "nowhere.safetensors"};
    EXPECT_THROW(run_encoder_suite(asked, nullptr, {}), InputError);
}

}  // namespace
}  // namespace maquette::recon
