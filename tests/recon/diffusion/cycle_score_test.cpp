#include "recon/diffusion/cycle_score.h"

#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "recon/diffusion/novel_view_pictures.h"
#include "recon/refine/differentiable_refiner.h"
#include "recon/refine/flagship.h"
#include "recon/refine/mixed_views.h"
#include "recon/refine/tensor_conversion.h"
#include "render/error.h"
#include "tests/recon/diffusion/known_solid.h"

namespace maquette::recon::diffusion {
namespace {

using testing::known_solid;
using testing::photo_of;
using testing::true_pictures;

class CycleScores : public ::testing::Test {
protected:
    CycleScores() {
        const auto file =
            std::filesystem::temp_directory_path() / ("cycle-" + std::to_string(::getpid()) + ".safetensors");
        save_random_flagship(file, 5);
        network_ = load_refinement_network(file);
        std::filesystem::remove(file);
        prior_.mean = render::resampled(solid_, 32);
        for (float& value : prior_.mean.values) value = 0.1F + 0.8F * value;
    }

    render::VoxelGrid solid_ = known_solid();
    std::vector<View> photos_ = {photo_of(solid_, {.azimuth = 20, .elevation = 15}),
                                 photo_of(solid_, {.azimuth = 130, .elevation = 5})};
    std::vector<CropCamera> targets_ = {{.azimuth = 80, .elevation = 20}, {.azimuth = 200, .elevation = 0}};
    torch::Tensor truth_ = true_pictures(solid_, targets_, 64);
    priors::CategoryPrior prior_;
    std::shared_ptr<const RefinementNetwork> network_;
};

// What is optimised must be what the refiner will do with the view.
TEST_F(CycleScores, TheDifferentiableRefinerIsTheRefiner) {
    const auto* refiner = network_->differentiable();
    ASSERT_NE(refiner, nullptr);
    EXPECT_EQ(mixing(network_)->differentiable(), refiner);
    const auto encoded = network_->encode(photos_);
    std::vector<render::Camera> cameras;
    for (const auto& target : targets_) cameras.push_back(camera_of(target, view_size));
    const auto logits = refiner->refined_with({encoded.get(), &prior_, cameras, 0.4F, 2},
                                              refiner_pictures(truth_, refiner->picture_size()));
    for (std::size_t i = 0; i < targets_.size(); ++i) {
        const auto row = static_cast<std::int64_t>(i);
        auto all = photos_;
        all.push_back(view_from_picture(truth_[row], cameras[i], 0.4F));
        const auto views = network_->encode(all);
        const auto first = network_->step(*views, prior_, prior_.mean, 0);
        const auto second = network_->step(*views, prior_, first, 1);
        const auto difference = at::sigmoid(logits[row]) - voxel_tensor(second, 32)[0];
        EXPECT_LT(difference.abs().max().item<double>(), 0.01);
        EXPECT_LT(difference.abs().mean().item<double>(), 0.001);
    }
}

TEST_F(CycleScores, GradientsAreThoseOfFiniteDifferences) {
    const auto of = cycle_score(*network_, prior_, photos_, targets_, {.weight = 1});
    const auto base = 0.7 * truth_;
    const auto pictures = base.clone().requires_grad_(true);
    const auto scores = of(pictures);
    EXPECT_EQ(scores.sizes().vec(), std::vector<std::int64_t>{2});
    EXPECT_GT(scores.min().item<double>(), 0);
    EXPECT_LT(scores.max().item<double>(), 1);
    scores.sum().backward();
    const auto gradient = pictures.grad();
    const double length = gradient.norm().item<double>();
    ASSERT_GT(length, 0);
    EXPECT_GT(gradient.narrow(1, 0, 3).norm().item<double>(), 0);
    EXPECT_GT(gradient.narrow(1, 3, 1).norm().item<double>(), 0);
    const double way = 0.2;
    const auto moved = [&](double by) { return scores_of(of, base + gradient * (by / length)).sum().item<double>(); };
    EXPECT_NEAR((moved(way) - moved(-way)) / (2 * way) / length, 1, 0.05);
}

TEST_F(CycleScores, SaysWhatIsMissing) {
    EXPECT_THROW(cycle_score(*network_, prior_, photos_, targets_, {.weight = 0}), UsageError);
    EXPECT_THROW((void)cycle_score(*network_, prior_, photos_, targets_)(truth_.narrow(0, 0, 1)), UsageError);
    for (View& photo : photos_) photo.camera.reset();
    EXPECT_THROW(cycle_score(*network_, prior_, photos_, targets_), UsageError);
}

}  // namespace
}  // namespace maquette::recon::diffusion
