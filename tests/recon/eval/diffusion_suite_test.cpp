#include "recon/eval/diffusion_suite.h"

#include <gtest/gtest.h>

#include "recon/diffusion/novel_view_denoiser.h"
#include "recon/diffusion/preference_delta.h"
#include "recon/refine/camera_estimate.h"
#include "recon/refine/flagship.h"
#include "render/error.h"
#include "tests/support/box_dataset.h"

namespace maquette::recon {
namespace {

namespace fs = std::filesystem;

class DiffusionSuite : public ::testing::Test {
protected:
    void SetUp() override {
        diffusion::save_random_novel_view(folder_ / "views.safetensors", 5);
        save_random_flagship(folder_ / "refiner.safetensors", 6);
        save_random_camera_estimator(folder_ / "camera.safetensors", 7);
    }

    [[nodiscard]] DiffusionSuiteOptions options(std::vector<std::string> parts) const {
        DiffusionSuiteOptions o;
        o.dataset = boxes_.file();
        o.weights = folder_ / "views.safetensors";
        o.refiner_weights = folder_ / "refiner.safetensors";
        o.camera_weights = folder_ / "camera.safetensors";
        o.views = 1;
        o.parts = std::move(parts);
        return o;
    }

    recon::testing::BoxDataset boxes_{
        "diffusion_suite",
        {{"standing", priors::Split::train, 2}, {"tall", priors::Split::novel, 2}, {"flat", priors::Split::novel, 2}},
        6};
    fs::path folder_ = boxes_.folder();
};

TEST_F(DiffusionSuite, NovelViewsComeWithEveryRival) {
    const auto report = run_diffusion_suite(options({"novel-view"}), nullptr, {});
    ASSERT_EQ(report.parts.size(), 1U);
    const auto& figures = report.parts[0].figures;
    for (const char* name :
         {"the photo, copied", "the coarse shape in the photo's colours", "ours, geometry withheld", "ours"}) {
        ASSERT_TRUE(figures.contains(name)) << name;
        const auto& all = figures[name]["all"];
        EXPECT_GE(all["mask_iou"]["mean"], 0);
        EXPECT_LE(all["mask_iou"]["mean"], 1);
        EXPECT_LE(all["psnr"]["ci"][0], all["psnr"]["mean"]);
    }
    EXPECT_FALSE(figures.contains("trained without geometry"));
    EXPECT_TRUE(figures["ours_over"].contains("the photo, copied"));
    EXPECT_FALSE(report.parts[0].pictures.empty());
}

TEST_F(DiffusionSuite, FinalShapesAreOfGivenAndEstimatedCameras) {
    const auto report = run_diffusion_suite(options({"final-shape"}), nullptr, {});
    const auto json = to_json(report);
    for (const char* camera : {"given", "estimated"}) {
        EXPECT_TRUE(json["final_shape"][camera].contains("photo alone")) << camera;
    }
    EXPECT_TRUE(json.contains("final_iou_gain"));
    EXPECT_EQ(json["final_iou_gain_ci"].size(), 2U);
    EXPECT_LE(json["final_iou_gain_ci"][0], json["final_iou_gain"]);
}

TEST_F(DiffusionSuite, WeightsThatAreTheBaseNeverWin) {
    const auto base = diffusion::load_novel_view(folder_ / "views.safetensors");
    diffusion::save_preference_delta(folder_ / "same.safetensors", base->parameters, base->parameters, {});
    auto o = options({"preferences"});
    o.preferences = folder_ / "same.safetensors";
    const auto report = run_diffusion_suite(o, nullptr, {});
    EXPECT_EQ(report.parts[0].figures["preferences"]["comparisons"], 0);
    EXPECT_EQ(report.parts[0].figures["preferences"]["final_iou_gain"]["mean"], 0);
}

TEST_F(DiffusionSuite, SaysWhatIsUnknown) {
    EXPECT_THROW((void)run_diffusion_suite(options({"dreams"}), nullptr, {}), UsageError);
    auto o = options({"speed"});
    o.split = "train";
    EXPECT_THROW((void)run_diffusion_suite(o, nullptr, {}), UsageError);
    o = options({"speed"});
    o.without_geometry_weights = folder_ / "views.safetensors";
    EXPECT_THROW((void)run_diffusion_suite(o, nullptr, {}), InputError);
    std::stop_source source;
    source.request_stop();
    EXPECT_THROW((void)run_diffusion_suite(options({"novel-view"}), nullptr, source.get_token()), Interrupted);
}

}  // namespace
}  // namespace maquette::recon
