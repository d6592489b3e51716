#include "recon/train/camera_training.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "recon/eval/dataset_views.h"
#include "recon/refine/camera_estimate.h"
#include "recon/refine/camera_network.h"
#include "recon/refine/tensor_conversion.h"
#include "recon/train/camera_batch.h"
#include "recon/train/viewpoint_pictures.h"
#include "render/error.h"
#include "tests/support/box_dataset.h"

namespace maquette::recon {
namespace {

class CameraTraining : public ::testing::Test {
protected:
    recon::testing::BoxDataset boxes_{
        "camera_training", {{"flat", priors::Split::train, 3}, {"flat", priors::Split::validation, 1}}, 4};
};

TEST_F(CameraTraining, BeliefGoesToTheCamerasNearTheTruth) {
    const ShapeDataset dataset(boxes_.file());
    CameraBatchSettings settings;
    settings.batch_size = 8;
    settings.compared_a_prior = 8;
    settings.own_shape_fraction = 1;
    const CameraBatchSource source(dataset, shapes_of(dataset, priors::Split::train), settings);
    const auto batch = source.batch(3);
    EXPECT_TRUE(at::equal(batch.images, source.batch(3).images));
    const auto about = camera_hypotheses(batch.compared, at::zeros({8, camera_network::viewpoints}), 8);
    EXPECT_TRUE(at::allclose(about.targets.sum(1), at::ones({8})));
    // The first hypothesis is nearly the truth, the fourth anywhere.
    EXPECT_GT((about.targets.select(1, 0) - about.targets.select(1, 3)).mean().item<float>(), 0.1F);
    const auto near = about.correction_weights.view({8, 8});
    EXPECT_EQ(near.select(1, 0).sum().item<float>(), 8);
    const auto again = camera_hypotheses(batch.compared, at::zeros({8, camera_network::viewpoints}), 8);
    EXPECT_TRUE(at::equal(about.pictures, again.pictures));
}

TEST_F(CameraTraining, HypothesesAreThoseThatTheMatchBelieves) {
    const ShapeDataset dataset(boxes_.file());
    CameraBatchSettings settings;
    settings.batch_size = 8;
    settings.compared_a_prior = 8;
    const CameraBatchSource source(dataset, shapes_of(dataset, priors::Split::train), settings);
    auto beliefs = at::full({8, camera_network::viewpoints}, -50.0F);
    const std::vector<int> believed = {30, 36, 42, 47};  // at 12 degrees of elevation
    for (const int i : believed) beliefs.select(1, i).fill_(50);
    const auto about = camera_hypotheses(source.batch(5).compared, beliefs, 8);
    double distance = 0;
    for (std::int64_t row = 0; row < 8; ++row) {
        std::set<std::int64_t> columns;
        for (std::int64_t j = 4; j < 8; ++j) {
            const auto viewpoint = about.viewpoints[row][j].item<std::int64_t>();
            const auto column = viewpoint % camera_network::azimuths;
            int nearest = camera_network::azimuths;
            for (const int i : believed) {
                const int apart = std::abs(static_cast<int>(column) - i % camera_network::azimuths);
                nearest = std::min({nearest, apart, camera_network::azimuths - apart});
            }
            distance += nearest / 32.0;
            columns.insert(column);
        }
        EXPECT_GE(columns.size(), 3U) << row;
    }
    EXPECT_LT(distance, 0.6);
}

// A view deserves belief where the turned shape overlaps itself: for a box the other side does, a quarter turn does
// not.
TEST_F(CameraTraining, EqualViewsDeserveEqualBelief) {
    const ShapeDataset dataset(boxes_.file());
    const auto shape = dataset.occupancy(0, 32);
    const auto cells = solid_cells(shape);
    const CropCamera truth{.azimuth = 20, .elevation = 10};
    const auto belief = [&](double azimuth) {
        return deserved_belief(shape, cells, truth, {.azimuth = azimuth, .elevation = 10});
    };
    EXPECT_NEAR(belief(200), belief(20), 0.3);
    EXPECT_LT(belief(110), belief(20) - 1);
    EXPECT_LT(belief(45), belief(20));
}

// Near hypotheses are made as all others are: the size of what is drawn tells nothing.
TEST_F(CameraTraining, HypothesesAreFramedAlike) {
    const ShapeDataset dataset(boxes_.file());
    CameraBatchSettings settings;
    settings.compared_a_prior = 8;
    const CameraBatchSource source(dataset, shapes_of(dataset, priors::Split::train), settings);
    const auto batch = source.batch(1);
    const auto about = camera_hypotheses(batch.compared, at::zeros({64, camera_network::viewpoints}), 8);
    const auto wanted = at::avg_pool2d(batch.images.narrow(1, 3, 1), 4).sum({1, 2, 3});
    const auto drawn = about.pictures.view({64, 8, 2, 32, 32}).select(2, 0).sum({2, 3});
    const auto ratio = (drawn / wanted.unsqueeze(1)).log();
    const auto near = ratio.select(1, 0).std().item<float>();
    const auto believed = ratio.select(1, 6).std().item<float>();
    EXPECT_GT(near, 0.05F);
    EXPECT_LT(near, 1.5F * believed);
    EXPECT_LT(believed, 2.5F * near);
}

TEST_F(CameraTraining, ViewpointsNearTheTruthDeserveBelief) {
    const ShapeDataset dataset(boxes_.file());
    CameraBatchSettings settings;
    settings.batch_size = 8;
    const CameraBatchSource source(dataset, shapes_of(dataset, priors::Split::train), settings);
    const auto batch = source.batch(2);
    EXPECT_TRUE(at::allclose(batch.viewpoint_targets.sum(1), at::ones({8})));
    // A box has two equal views, half a turn apart.
    const auto best = std::get<1>(batch.viewpoint_targets.topk(2));
    for (std::int64_t i = 0; i < 8; ++i) {
        const auto a = best[i][0].item<std::int64_t>() % camera_network::azimuths;
        const auto b = best[i][1].item<std::int64_t>() % camera_network::azimuths;
        EXPECT_EQ((a - b + 24) % 12, 0) << i;
    }
}

TEST_F(CameraTraining, KeptAndMirroredPicturesAreThoseDrawn) {
    render::VoxelGrid grid(32);
    for (int z = 0; z < 32; ++z) {
        for (int y = 0; y < 32; ++y) {
            for (int x = 0; x < 32; ++x) {
                const auto p = grid.centre(x, y, z);
                const bool bump = p.x() > 0.1F && p.y() > 0 && p.z() > 0 && p.norm() < 0.45F;
                grid.at(x, y, z) = p.norm() < 0.3F || bump ? 1.0F : 0.0F;
            }
        }
    }
    render::VoxelGrid mirror = grid;
    for (int z = 0; z < 32; ++z) {
        for (int y = 0; y < 32; ++y) {
            for (int x = 0; x < 32; ++x) mirror.at(x, y, z) = grid.at(31 - x, y, z);
        }
    }
    const auto direct = camera_network::draw_viewpoints(mirror);
    const auto derived = mirrored_viewpoints(camera_network::draw_viewpoints(grid));
    EXPECT_TRUE(at::allclose(direct, derived, 1e-3, 1e-3));
    EXPECT_FALSE(at::allclose(direct, camera_network::draw_viewpoints(grid), 1e-2, 1e-2));

    const ShapeDataset dataset(boxes_.file());
    const auto shapes = shapes_of(dataset, priors::Split::train);
    const PriorSampler sampler(dataset, shapes);
    const ViewpointPictures kept(sampler, shapes);
    EXPECT_TRUE(
        at::allclose(kept.of(shapes[1]), camera_network::draw_viewpoints(sampler.occupancy(shapes[1])), 0, 0.005));
}

TEST_F(CameraTraining, TheTrueCameraDrawsThePhotosMask) {
    const ShapeDataset dataset(boxes_.file());
    for (int v = 0; v < 4; ++v) {
        const View view = view_of(dataset, 1, v);
        const auto drawn = camera_network::draw_hypothesis(dataset.occupancy(1, 32), crop_camera_of(*view.camera));
        const auto image = masked_image_tensor(view, camera_network::image_size);
        const auto mask = at::avg_pool2d(image.narrow(0, 3, 1).unsqueeze(0), 4)[0][0];
        // A grid's trilinear surface is soft: compare the outlines where both are certain.
        const auto solid = mask > 0.99;
        const auto clear = mask < 0.01;
        EXPECT_GT(drawn[0].masked_select(solid).mean().item<float>(), 0.95F) << v;
        EXPECT_LT(drawn[0].masked_select(clear).mean().item<float>(), 0.05F) << v;
    }
}

TEST_F(CameraTraining, WritesAnEstimatorThatLoads) {
    CameraTrainingOptions o;
    o.dataset = boxes_.file();
    o.output = boxes_.folder() / "run";
    o.batch_size = 4;
    o.samples.photos_a_prior = 2;
    o.samples.compared_a_prior = 2;
    o.steps = 2;
    o.max_minutes = 0;
    o.validate_every = 2;
    o.threads = 1;
    train_camera(o, nullptr, {});
    const CameraEstimator estimator = load_camera_estimator(o.output / "weights.safetensors");
    EXPECT_TRUE(estimator.metadata().contains("azimuth_within_30"));
    o.samples.hypotheses = least_hypotheses - 1;
    EXPECT_THROW(train_camera(o, nullptr, {}), UsageError);
}

TEST_F(CameraTraining, UntrainedEstimatesAreUsableCameras) {
    const ShapeDataset dataset(boxes_.file());
    const CameraEstimator estimator(initial_parameters(camera_network::parameter_shapes(), 5));
    const View view = view_of(dataset, 0, 1);
    const auto found = estimator.estimate(view, dataset.occupancy(0, 32));
    ASSERT_FALSE(found.empty());
    double total = 0;
    for (const auto& hypothesis : found) {
        total += hypothesis.confidence;
        EXPECT_GE(hypothesis.camera.distance, 1);
        EXPECT_GT(hypothesis.camera.scale, 0);
    }
    EXPECT_NEAR(total, 1, 1e-6);
    EXPECT_THROW((void)estimator.estimate(view, render::VoxelGrid(32)), UsageError);
}

}  // namespace
}  // namespace maquette::recon
