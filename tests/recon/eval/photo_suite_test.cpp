#include "recon/eval/photo_suite.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "recon/refine/flagship.h"
#include "recon/segment/mask_network.h"
#include "render/error.h"
#include "render/io/image_io.h"
#include "render/io/safetensors.h"
#include "tests/support/box_dataset.h"

namespace maquette::recon {
namespace {

class PhotoSuiteTest : public ::testing::Test {
protected:
    static void SetUpTestSuite() {
        boxes_ = new testing::BoxDataset(
            "photo_suite", {{"tallest", priors::Split::novel, 2}, {"flattest", priors::Split::novel, 2}}, 3);
        std::filesystem::create_directories(boxes_->folder() / "photos");
        for (int i = 0; i < 3; ++i) {
            render::Image photo(240, 200, 3);
            for (int y = 0; y < photo.height; ++y) {
                for (int x = 0; x < photo.width; ++x) {
                    for (int c = 0; c < 3; ++c) {
                        photo.at(x, y, c) = static_cast<std::uint8_t>((x * (3 + c) + y * (5 + i)) % 256);
                    }
                }
            }
            render::write_image(boxes_->folder() / "photos" / (std::to_string(i) + ".png"), photo);
        }
        // A diagram is no background.
        render::write_image(boxes_->folder() / "photos" / "plain.png", render::Image(240, 200, 3, 250));
        for (const char* group : {"cup", "horse"}) {
            std::filesystem::create_directories(boxes_->folder() / "objects" / group);
            for (int i = 0; i < 2; ++i) {
                render::Image object(60, 50, 4);
                for (int y = 10; y < 40; ++y) {
                    for (int x = 15; x < 45; ++x) {
                        object.at(x, y, i) = 200;
                        object.at(x, y, 3) = 255;
                    }
                }
                render::write_image(boxes_->folder() / "objects" / group / (std::to_string(i) + ".png"), object);
            }
        }
        render::SafetensorsFile file;
        add_parameters(file, initial_parameters(segment::mask_network_shapes(), 3), render::TensorType::f16);
        file.metadata = {{"architecture", segment::mask_architecture}};
        render::write_safetensors(boxes_->folder() / "mask.safetensors", file);
        save_random_flagship(boxes_->folder() / "refiner.safetensors", 3);
    }
    static void TearDownTestSuite() {
        delete boxes_;
        boxes_ = nullptr;
    }
    [[nodiscard]] static PhotoSuiteOptions options() {
        return {.dataset = boxes_->file(),
                .backgrounds = {boxes_->folder() / "photos"},
                .objects = boxes_->folder() / "objects",
                .mask_weights = boxes_->folder() / "mask.safetensors",
                .refiner_weights = boxes_->folder() / "refiner.safetensors",
                .composites = 4};
    }
    static testing::BoxDataset* boxes_;
};
testing::BoxDataset* PhotoSuiteTest::boxes_ = nullptr;

TEST_F(PhotoSuiteTest, SetsTheNetworkBesideSaliencyAndDoesWithoutIt) {
    const PartReport report = run_photo_suite(options(), nullptr, {});
    ASSERT_EQ(report.parts.size(), 3U);
    const auto json = to_json(report);
    for (const char* way : {"saliency_no_hint", "saliency_box", "network_no_hint", "network_box"}) {
        ASSERT_TRUE(json["masks"].contains(way)) << way;
        EXPECT_EQ(json["masks"][way]["per_category"].size(), 2U);
        EXPECT_TRUE(json.contains(std::string("mask_iou_") + way)) << way;
    }
    EXPECT_TRUE(json["masks"].contains("gain_no_hint"));
    EXPECT_EQ(json["real_masks"]["network_box"]["per_category"].size(), 2U);
    EXPECT_TRUE(json["real_masks"]["network_box"]["per_category"].contains("horse"));
    EXPECT_TRUE(json.contains("real_mask_iou_saliency_no_hint"));
    EXPECT_TRUE(json["final_shape"].contains("true"));
    EXPECT_EQ(report.parts[0].pictures.size(), 4U);
    EXPECT_THAT(report.choices[1], ::testing::HasSubstr("3 background photos"));

    auto without = options();
    without.mask_weights.clear();
    without.refiner_weights.clear();
    const auto less = to_json(run_photo_suite(without, nullptr, {}));
    EXPECT_FALSE(less["masks"].contains("network_box"));
    EXPECT_FALSE(less.contains("final_shape"));
    EXPECT_EQ(less["masks"]["saliency_box"]["mean"], json["masks"]["saliency_box"]["mean"]);
}

TEST_F(PhotoSuiteTest, SaysWhatIsMissing) {
    auto asked = options();
    asked.parts = {"poetry"};
    EXPECT_THROW(run_photo_suite(asked, nullptr, {}), UsageError);
    asked = options();
    asked.split = "train";
    EXPECT_THROW(run_photo_suite(asked, nullptr, {}), UsageError);
    asked = options();
    asked.split = "validation";
    EXPECT_THROW(run_photo_suite(asked, nullptr, {}), InputError);
    asked = options();
    asked.objects = boxes_->folder() / "photos";
    EXPECT_THROW(run_photo_suite(asked, nullptr, {}), InputError) << "no transparent picture there";
    asked = options();
    asked.backgrounds = {boxes_->folder() / "nowhere"};
    EXPECT_THROW(run_photo_suite(asked, nullptr, {}), InputError);
}

}  // namespace
}  // namespace maquette::recon
