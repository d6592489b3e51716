#include "recon/diffusion/view_loop.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <string>

#include "recon/diffusion/novel_view_weights.h"
#include "recon/refine/crop_camera.h"
#include "render/error.h"

namespace maquette::recon::diffusion {
namespace {

class ViewLoopTest : public ::testing::Test {
protected:
    ViewLoopTest() {
        save_random_novel_view(file_, 7);
        loop_.emplace(file_);
        photo_.rgb = render::Image(view_size, view_size, 3, 200);
        photo_.mask = render::FloatImage(view_size, view_size, 1, 1.0F);
        photo_.camera = camera_of({.azimuth = 20, .elevation = 10}, view_size);
        for (int z = 8; z < 24; ++z) {
            for (int y = 8; y < 24; ++y) {
                for (int x = 8; x < 24; ++x) block_.at(x, y, z) = 1;
            }
        }
    }
    ~ViewLoopTest() override { std::filesystem::remove(file_); }

    std::filesystem::path file_ =
        std::filesystem::temp_directory_path() / ("view-loop-" + std::to_string(::getpid()) + ".safetensors");
    std::optional<ViewLoop> loop_;
    View photo_;
    render::VoxelGrid block_{32};
};

TEST_F(ViewLoopTest, GivesViewsWithCamerasThatThePhotoLacks) {
    const auto views = loop_->unseen({&photo_, 1}, block_, 0.5F, {.views = 2, .weight = 0.4F, .steps = 2});
    ASSERT_EQ(views.size(), 2U);
    for (const View& view : views) {
        EXPECT_TRUE(view.generated);
        EXPECT_EQ(view.rgb.width, view_size);
        EXPECT_EQ(view.mask.width, view_size);
        EXPECT_FLOAT_EQ(view.weight, 0.4F);
        ASSERT_TRUE(view.camera);
        EXPECT_GT(angle_between(crop_camera_of(*view.camera), {.azimuth = 20, .elevation = 10}), 45);
    }
    EXPECT_NE(views[0].name, views[1].name);
    EXPECT_FALSE(photo_.generated);
}

TEST_F(ViewLoopTest, IsTheSameForASeedAndEndsWhenAsked) {
    const ViewLoopOptions options{.views = 1, .steps = 2};
    const auto a = loop_->unseen({&photo_, 1}, block_, 0.5F, options);
    const auto b = loop_->unseen({&photo_, 1}, block_, 0.5F, options);
    EXPECT_EQ(a.at(0).rgb.pixels, b.at(0).rgb.pixels);
    const auto other = loop_->unseen({&photo_, 1}, block_, 0.5F, {.views = 1, .steps = 2, .seed = 9});
    EXPECT_NE(a.at(0).rgb.pixels, other.at(0).rgb.pixels);
    int asked = 0;
    EXPECT_TRUE(loop_->unseen({&photo_, 1}, block_, 0.5F, options, [&](double) { return ++asked > 5; }).empty());
}

TEST_F(ViewLoopTest, SaysWhatIsMissing) {
    EXPECT_TRUE(loop_->unseen({&photo_, 1}, render::VoxelGrid(32), 0.5F, {}).empty());
    EXPECT_THROW((void)loop_->unseen({}, block_, 0.5F, {}), UsageError);
    photo_.camera.reset();
    EXPECT_THROW((void)loop_->unseen({&photo_, 1}, block_, 0.5F, {}), UsageError);
    EXPECT_THROW(ViewLoop("missing.safetensors"), InputError);
}

}  // namespace
}  // namespace maquette::recon::diffusion
