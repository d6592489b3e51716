#include "recon/train/encoder_training.h"

#include <gtest/gtest.h>

#include <set>

#include "recon/encoders/image_encoder.h"
#include "recon/refine/camera_network.h"
#include "recon/refine/flagship_network.h"
#include "recon/train/camera_training.h"
#include "recon/train/ensemble_fitting.h"
#include "render/error.h"
#include "render/io/image_io.h"
#include "render/io/safetensors.h"
#include "tests/support/box_dataset.h"

namespace maquette::recon {
namespace {

class EncoderTrainingTest : public ::testing::Test {
protected:
    static void SetUpTestSuite() {
        boxes_ = new testing::BoxDataset("encoder_training",
                                         {{"tall", priors::Split::train, 3},
                                          {"flat", priors::Split::train, 3},
                                          {"tall", priors::Split::validation, 2}},
                                         3);
    }
    static void TearDownTestSuite() {
        delete boxes_;
        boxes_ = nullptr;
    }

    [[nodiscard]] EncoderTrainingOptions options(const std::string& name, const std::string& task,
                                                 long long steps) const {
        EncoderTrainingOptions o;
        o.dataset = boxes_->file();
        o.output = boxes_->folder() / name;
        o.task = task;
        o.batch_size = 8;
        o.steps = steps;
        o.max_minutes = 0;
        o.constant_after = 1;
        o.validate_every = 100;
        o.learning_rate = 1e-3;
        o.permutations = 5;
        o.threads = 1;
        o.bfloat16 = false;
        return o;
    }
    [[nodiscard]] render::SafetensorsFile checkpoint(const std::string& name) const {
        return render::read_safetensors(boxes_->folder() / name / "checkpoint.safetensors");
    }

    static testing::BoxDataset* boxes_;
};
testing::BoxDataset* EncoderTrainingTest::boxes_ = nullptr;

TEST_F(EncoderTrainingTest, AResumedRunIsTheUninterruptedOne) {
    // The task with a memory beside its weights.
    train_encoder(options("whole", "instance", 6), nullptr, {});
    train_encoder(options("parts", "instance", 3), nullptr, {});
    auto second = options("parts", "instance", 6);
    second.resume = true;
    train_encoder(second, nullptr, {});
    const auto whole = checkpoint("whole");
    const auto parts = checkpoint("parts");
    for (const char* name : {"model.head.bank", "model.image.stem.weight", "model.head.code.weight"}) {
        ASSERT_TRUE(whole.tensors.contains(name)) << name;
        EXPECT_EQ(whole.tensors.at(name).bytes, parts.tensors.at(name).bytes) << name;
    }
    EXPECT_FALSE(
        render::read_safetensors(boxes_->folder() / "whole" / "weights.safetensors").tensors.contains("head.bank"));
}

TEST_F(EncoderTrainingTest, EveryTaskAndDomainTrains) {
    const std::vector<std::pair<std::string, std::string>> all = {{"rotation", "normals"},
                                                                  {"jigsaw", "renders"},
                                                                  {"autoencoder", "silhouettes"},
                                                                  {"supervised", "textures"},
                                                                  {"rotation", "top-down"}};
    for (const auto& [task, domain] : all) {
        auto o = options(task + domain, task, 2);
        o.domain = domain;
        train_encoder(o, nullptr, {});
        const auto encoder = encoders::load_image_encoder(o.output / "weights.safetensors");
        EXPECT_EQ(encoder.task(), task);
        EXPECT_EQ(encoder.domain(), domain);
    }
}

TEST_F(EncoderTrainingTest, AFolderOfPhotosTrains) {
    const auto folder = boxes_->folder() / "photos";
    std::filesystem::create_directories(folder);
    auto o = options("photos-run", "rotation", 2);
    o.domain = "photos";
    EXPECT_THROW(train_encoder(o, nullptr, {}), UsageError);
    o.photos = folder;
    EXPECT_THROW(train_encoder(o, nullptr, {}), InputError);
    for (int i = 0; i < 3; ++i) {
        render::Image photo(80, 60, 3, static_cast<std::uint8_t>(40 * i));
        for (int x = 0; x < 80; ++x) photo.at(x, 5 * i, 1) = 255;
        render::write_image(folder / (std::to_string(i) + ".png"), photo);
    }
    train_encoder(o, nullptr, {});
    EXPECT_EQ(encoders::load_image_encoder(o.output / "weights.safetensors").domain(), "photos");
}

TEST_F(EncoderTrainingTest, TheRefinersImageEncoderBeginsWhereAnEncoderEnded) {
    const auto shapes = flagship::parameter_shapes();
    for (const auto& shape : encoders::backbone_shapes()) {
        const auto found =
            std::find_if(shapes.begin(), shapes.end(), [&](const auto& s) { return s.name == shape.name; });
        ASSERT_NE(found, shapes.end()) << shape.name;
        EXPECT_EQ(found->shape, shape.shape) << shape.name;
    }
}

TEST_F(EncoderTrainingTest, TheCameraEstimatorTakesTheFirstConvolutions) {
    train_encoder(options("encoder", "rotation", 1), nullptr, {});
    CameraTrainingOptions camera;
    camera.dataset = boxes_->file();
    camera.output = boxes_->folder() / "camera";
    camera.start_from = boxes_->folder() / "encoder" / "weights.safetensors";
    camera.batch_size = 8;
    camera.steps = 1;
    camera.max_minutes = 0;
    camera.learning_rate = 1e-8;
    camera.validate_every = 100;
    camera.threads = 1;
    train_camera(camera, nullptr, {});
    const auto trained = checkpoint("camera").tensors.at("model.photo.stem.weight").to_floats();
    const auto encoder = render::read_safetensors(camera.start_from).tensors.at("image.stem.weight").to_floats();
    ASSERT_EQ(trained.size(), encoder.size());
    for (std::size_t i = 0; i < trained.size(); ++i) ASSERT_NEAR(trained[i], encoder[i], 1e-5);
}

TEST_F(EncoderTrainingTest, EncodersAreJoined) {
    train_encoder(options("a", "rotation", 1), nullptr, {});
    const EnsembleFittingOptions fitting{.dataset = boxes_->file(),
                                         .output = boxes_->folder() / "joined.safetensors",
                                         .encoders = {boxes_->folder() / "a" / "weights.safetensors"},
                                         .views = 2};
    fit_ensemble(fitting);
    EXPECT_TRUE(std::filesystem::exists(fitting.output));
    auto none = fitting;
    none.encoders.clear();
    EXPECT_THROW(fit_ensemble(none), UsageError);
}

}  // namespace
}  // namespace maquette::recon
