#include "recon/train/flagship_training.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include "recon/refine/flagship.h"
#include "recon/refine/flagship_network.h"
#include "recon/refine/lifting.h"
#include "recon/refine/picture_sampling.h"
#include "recon/refine/refinement_network.h"
#include "recon/refine/tensor_conversion.h"
#include "recon/train/lifted_batch.h"
#include "render/error.h"
#include "tests/support/box_dataset.h"

namespace maquette::recon {
namespace {

class FlagshipTraining : public ::testing::Test {
protected:
    recon::testing::BoxDataset boxes_{
        "flagship_training",
        {{"tall", priors::Split::train, 3}, {"flat", priors::Split::train, 3}, {"flat", priors::Split::validation, 1}},
        4};
};

TEST_F(FlagshipTraining, BatchesAreTheSameForANumberAndDifferOtherwise) {
    const ShapeDataset dataset(boxes_.file());
    LiftedBatchSettings settings;
    settings.batch_size = 3;
    settings.several_views_fraction = 1;
    const LiftedBatchSource source(dataset, shapes_of(dataset, priors::Split::train), settings);
    const auto a = source.batch(5);
    const auto b = source.batch(5);
    const auto c = source.batch(6);
    EXPECT_TRUE(at::equal(a.images, b.images));
    EXPECT_TRUE(at::equal(a.projections, b.projections));
    EXPECT_TRUE(at::equal(a.priors, b.priors));
    EXPECT_FALSE(a.images.sizes() == c.images.sizes() && at::equal(a.images, c.images));
    const auto views = a.weights.size(1);
    EXPECT_GE(views, 2);
    EXPECT_LE(views, 4);
    EXPECT_EQ(a.images.size(0), 3 * views);
}

// Mirrored, scaled or not: what is solid falls on the picture's foreground, and the foreground is covered by it.
TEST_F(FlagshipTraining, ShapesFallOnTheirPictures) {
    const ShapeDataset dataset(boxes_.file());
    LiftedBatchSettings settings;
    settings.batch_size = 16;
    settings.camera_jitter = 0;
    settings.degraded_fraction = 0;
    settings.framed_fraction = 0;
    settings.smallest_scale = 0.6;
    const LiftedBatchSource source(dataset, shapes_of(dataset, priors::Split::train), settings);
    const auto batch = source.batch(1);
    const auto points = cell_centres(flagship::resolution, render::default_grid_side).view({-1, 3});
    const auto views = batch.weights.size(1);
    for (std::int64_t i = 0; i < settings.batch_size; ++i) {
        const auto solid = batch.targets[i].flatten() > 0.5;
        // Cells at the surface reach half beyond it.
        const auto inner = at::avg_pool3d(batch.targets[i].unsqueeze(0), 3, 1, 1).flatten() > 0.999;
        ASSERT_GT(inner.sum().item<int>(), 50);
        for (std::int64_t v = 0; v < views; ++v) {
            const auto row = i * views + v;
            const auto projected = project_points(batch.projections.narrow(0, row, 1), points);
            const auto mask = sample_pictures(batch.images.narrow(0, row, 1).narrow(1, 3, 1), projected.coordinates);
            EXPECT_GT(mask.flatten().masked_select(inner).mean().item<float>(), 0.99F) << i;
            // Pixels of the foreground that some solid cell falls on, counted on a coarse raster.
            auto hit = at::zeros({16, 16});
            const auto places = ((projected.coordinates[0] + 1) * 8).floor().to(torch::kInt64);
            for (std::int64_t p = 0; p < points.size(0); ++p) {
                const auto x = places[p][0].item<std::int64_t>();
                const auto y = places[p][1].item<std::int64_t>();
                if (solid[p].item<bool>() && x >= 0 && x < 16 && y >= 0 && y < 16) hit[y][x] = 1;
            }
            const auto raster = at::avg_pool2d(batch.images[row].narrow(0, 3, 1).unsqueeze(0), 8)[0][0] > 0.99;
            EXPECT_GT(hit.masked_select(raster).mean().item<float>(), 0.9F) << i;
        }
        if (i == 3) break;  // reading single elements is slow
    }
}

// However its camera was disturbed, a sample knows the true one: points of the shape fall on the foreground.
TEST_F(FlagshipTraining, TrueProjectionsPutPointsOnTheForeground) {
    const ShapeDataset dataset(boxes_.file());
    LiftedBatchSettings settings;
    settings.batch_size = 8;
    settings.several_views_fraction = 1;
    settings.camera_jitter = 30;
    settings.degraded_fraction = 0;
    settings.smallest_scale = 0.6;
    const LiftedBatchSource source(dataset, shapes_of(dataset, priors::Split::train), settings);
    const auto batch = source.batch(3);
    const auto views = batch.weights.size(1);
    const auto points = batch.points.repeat_interleave(views, 0);
    const auto seen = [&](const torch::Tensor& projections) {
        const auto places = project_points(projections, points).coordinates;
        return sample_pictures(batch.images.narrow(1, 3, 1), places).mean().item<float>();
    };
    EXPECT_GT(seen(batch.truths), 0.9F);
    EXPECT_LT(seen(batch.projections), seen(batch.truths) - 0.05F);
}

// Mirrored, scaled or not.
TEST_F(FlagshipTraining, FineTargetsAndDistancesAreOfTheSameShapes) {
    const ShapeDataset dataset(boxes_.file());
    LiftedBatchSettings settings;
    settings.batch_size = 8;
    settings.smallest_scale = 0.6;
    settings.max_shots = 1;
    const LiftedBatchSource source(dataset, shapes_of(dataset, priors::Split::train), settings);
    const auto batch = source.batch(2);
    for (std::int64_t i = 0; i < settings.batch_size; ++i) {
        const auto coarse = at::avg_pool3d(batch.fine_targets[i].unsqueeze(0), 2)[0] >= 0.5;
        const auto target = batch.targets[i] > 0.5;
        const double both = (coarse & target).sum().item<double>();
        const double either = (coarse | target).sum().item<double>();
        EXPECT_GT(both, 0.75 * either) << i;
        // A cell that is solid in part is solid; its centre need not be inside.
        const auto inside = batch.distances[i] < 0;
        const auto prior = batch.priors[i] > 0.5;
        EXPECT_LT((inside & ~prior).sum().item<double>(), 0.02 * inside.sum().item<double>() + 1) << i;
        EXPECT_EQ(inside.any().item<bool>(), prior.any().item<bool>()) << i;
    }
    EXPECT_FLOAT_EQ(batch.distances.max().item<float>(), 1);
    EXPECT_GE(batch.distances.min().item<float>(), -1);
}

TEST_F(FlagshipTraining, KinPriorsAreNearlyTheShapeButNotQuite) {
    const ShapeDataset dataset(boxes_.file());
    LiftedBatchSettings settings;
    settings.batch_size = 16;
    settings.kin_prior_fraction = 1;
    const LiftedBatchSource source(dataset, shapes_of(dataset, priors::Split::train), settings);
    const auto batch = source.batch(4);
    const auto prior = batch.priors >= 0.5;
    const auto target = batch.targets >= 0.5;
    const auto both = prior.logical_and(target).sum({1, 2, 3, 4}).to(torch::kFloat32);
    const auto either = prior.logical_or(target).sum({1, 2, 3, 4}).to(torch::kFloat32);
    const auto overlap = both / either;
    EXPECT_GT(overlap.mean().item<float>(), 0.6F);
    EXPECT_LT(overlap.mean().item<float>(), 0.97F);
    // The distances are of the deformed shape, not of the true one.
    const auto inside = batch.distances < 0;
    const auto share_inside = [&](const torch::Tensor& cells) {
        return inside.logical_and(cells).sum().item<float>() / cells.sum().item<float>();
    };
    EXPECT_GT(share_inside(prior), 0.7F);
    EXPECT_GT(share_inside(prior), share_inside(target) + 0.03F);
}

// An estimated camera's picture is framed by the prior; its outline then covers the mask's rectangle.
TEST_F(FlagshipTraining, FramedViewsPutThePriorOnTheMask) {
    const ShapeDataset dataset(boxes_.file());
    LiftedBatchSettings settings;
    settings.batch_size = 8;
    settings.several_views_fraction = 0;
    settings.degraded_fraction = 0;
    settings.zero_prior_fraction = 0;
    settings.wrong_prior_fraction = 0;
    settings.max_shots = 1;
    settings.framed_fraction = 1;
    const LiftedBatchSource source(dataset, shapes_of(dataset, priors::Split::train), settings);
    const auto batch = source.batch(4);
    const auto points = cell_centres(flagship::resolution, render::default_grid_side).view({-1, 3});
    for (std::int64_t i = 0; i < settings.batch_size; ++i) {
        const auto solid = at::nonzero(batch.priors[i].flatten() > 0.5).flatten();
        const auto seen = project_points(batch.projections.narrow(0, i, 1), points.index_select(0, solid));
        const auto mask = at::nonzero(batch.images[i][3] > 0.5);
        for (const std::int64_t axis : {0, 1}) {
            const auto drawn = (seen.coordinates[0].select(1, axis) + 1) * 64;
            const auto wanted = mask.select(1, 1 - axis).to(torch::kFloat32) + 0.5;
            const float middle = (drawn.max() + drawn.min()).item<float>() / 2;
            EXPECT_NEAR(middle, (wanted.max() + wanted.min()).item<float>() / 2, 12) << i;
        }
    }
}

TEST_F(FlagshipTraining, WritesWeightsThatLoadAndGoesOn) {
    FlagshipTrainingOptions o;
    o.dataset = boxes_.file();
    o.output = boxes_.folder() / "run";
    o.batch_size = 2;
    o.steps = 2;
    o.max_minutes = 0;
    o.validate_every = 2;
    o.threads = 1;
    train_flagship(o, nullptr, {});
    const auto network = load_refinement_network(o.output / "weights.safetensors");
    EXPECT_EQ(network->architecture(), "flagship");
    EXPECT_EQ(network->metadata().at("steps"), "2");
    o.steps = 3;
    o.resume = true;
    train_flagship(o, nullptr, {});
    o.samples.max_views = 0;
    o.resume = false;
    EXPECT_THROW(train_flagship(o, nullptr, {}), UsageError);
}

TEST_F(FlagshipTraining, BeginsWithTheWeightsItIsGiven) {
    save_random_flagship(boxes_.folder() / "begin.safetensors", 77);
    FlagshipTrainingOptions o;
    o.dataset = boxes_.file();
    o.output = boxes_.folder() / "begun";
    o.batch_size = 2;
    o.steps = 1;
    o.learning_rate = 1e-9;
    o.max_minutes = 0;
    o.validate_every = 1;
    o.threads = 1;
    o.start_from = boxes_.folder() / "begin.safetensors";
    train_flagship(o, nullptr, {});
    const auto begun = render::read_safetensors(o.start_from);
    const auto written = render::read_safetensors(o.output / "weights.safetensors");
    for (const auto& [name, data] : begun.tensors) {
        EXPECT_TRUE(at::allclose(tensor_from(written.tensors.at(name)), tensor_from(data), 1e-3, 1e-4)) << name;
    }
    o.start_from = boxes_.file();
    EXPECT_THROW(train_flagship(o, nullptr, {}), InputError);
}

TEST_F(FlagshipTraining, WeightsThatAskExemplarsSaySo) {
    FlagshipTrainingOptions o;
    o.dataset = boxes_.file();
    o.output = boxes_.folder() / "asking";
    o.batch_size = 2;
    o.steps = 2;
    o.max_minutes = 0;
    o.validate_every = 2;
    o.threads = 1;
    o.samples.exemplars = true;
    train_flagship(o, nullptr, {});
    const auto network = load_refinement_network(o.output / "weights.safetensors");
    EXPECT_EQ(network->metadata().at("exemplars"), "on");
}

}  // namespace
}  // namespace maquette::recon
