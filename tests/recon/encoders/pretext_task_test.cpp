#include "recon/encoders/pretext_task.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "recon/encoders/image_encoder.h"
#include "recon/encoders/picture_domain.h"
#include "recon/encoders/pretext_names.h"
#include "recon/encoders/pretext_tasks.h"
#include "render/error.h"
#include "tests/support/gradient_check.h"

namespace maquette::recon::encoders {
namespace {

using recon::testing::expect_gradients;

torch::Tensor noise(std::vector<std::int64_t> shape, std::uint64_t seed) {
    auto generator = at::detail::createCPUGenerator(seed);
    return torch::empty(shape, torch::kFloat32).uniform_(0, 1, generator);
}

/// Pictures that get brighter from top to bottom, under noise: which side is up can be seen.
PretextBatch batch_of(std::int64_t count, std::uint64_t seed) {
    PretextBatch batch;
    const auto ramp = at::linspace(0, 1, picture_size, torch::kFloat32).view({1, 1, picture_size, 1});
    batch.pictures = 0.6 * ramp + 0.4 * noise({count, 4, picture_size, picture_size}, seed);
    batch.others = 0.6 * ramp + 0.4 * noise({count, 4, picture_size, picture_size}, seed + 1);
    batch.instances = at::arange(count, torch::kInt64);
    batch.labels = at::arange(count, torch::kInt64).remainder(3);
    batch.seed = seed;
    return batch;
}

Parameters parameters_of(const PretextTask& task, std::uint64_t seed) {
    auto shapes = backbone_shapes();
    for (auto& shape : task.head_shapes()) shapes.push_back(shape);
    Parameters parameters = initial_parameters(shapes, seed);
    task.prepare(parameters);
    return parameters;
}

std::unique_ptr<PretextTask> task_of(const std::string& name) {
    return make_pretext_task(name, {.instances = 8, .labels = 3, .permutations = 6});
}

TEST(PretextTask, UnknownNamesAreRefusedWithTheKnownOnes) {
    try {
        task_of("colourisation");
        FAIL();
    } catch (const UsageError& error) {
        EXPECT_THAT(error.what(), ::testing::HasSubstr("jigsaw"));
    }
    EXPECT_THROW(make_pretext_task("instance", {.instances = 1}), UsageError);
    EXPECT_THROW(make_pretext_task("supervised", {.instances = 8, .labels = 1}), UsageError);
}

TEST(PretextTask, QuarterTurnsTurnThePicture) {
    auto pictures = at::zeros({1, 4, 8, 8});
    pictures[0][0][0][7] = 1;  // top right
    const auto turned = quarter_turns(pictures);
    ASSERT_EQ(turned.size(0), 4);
    EXPECT_EQ(turned[0][0][0][7].item<float>(), 1);
    EXPECT_EQ(turned[1][0][0][0].item<float>(), 1);
    EXPECT_EQ(turned[2][0][7][0].item<float>(), 1);
    EXPECT_EQ(turned[3][0][7][7].item<float>(), 1);
}

TEST(PretextTask, JigsawPiecesComeFromTheCellsNamed) {
    // Every pixel holds the number of its cell, so that a piece tells where it was cut.
    auto picture = at::zeros({1, 4, picture_size, picture_size});
    for (std::int64_t cell = 0; cell < 9; ++cell) {
        picture[0].narrow(1, cell / 3 * 21, 21).narrow(2, cell % 3 * 21, 21).fill_(static_cast<float>(cell));
    }
    const std::vector<int> order = {8, 3, 0, 1, 7, 2, 5, 6, 4};
    const auto pieces = jigsaw_pieces(picture, {order}, 3);
    ASSERT_EQ(pieces.sizes().vec(), (std::vector<std::int64_t>{9, 4, 16, 16}));
    for (std::size_t place = 0; place < order.size(); ++place) {
        const auto mask = pieces[static_cast<std::int64_t>(place)][3];
        EXPECT_EQ(mask.min().item<float>(), static_cast<float>(order[place]));
        EXPECT_EQ(mask.max().item<float>(), static_cast<float>(order[place]));
    }
}

TEST(PretextTask, GradientsAreThoseOfFiniteDifferences) {
    const std::map<std::string, std::string> heads = {{"rotation", "head.turn.weight"},
                                                      {"jigsaw", "head.tiles.weight"},
                                                      {"instance", "head.code.weight"},
                                                      {"autoencoder", "head.pixels.weight"},
                                                      {"supervised", "head.label.weight"}};
    const auto batch = batch_of(8, 21);
    for (const auto& [name, head] : heads) {
        const auto task = task_of(name);
        Parameters parameters = parameters_of(*task, 4);
        // The memory must be the same at every evaluation.
        const auto fixed = parameters;
        expect_gradients(parameters, {head, "image.block3.conv1.weight"}, 1e-3, [&](const Parameters& p) {
            Parameters copy = p;
            if (copy.contains("head.bank")) copy["head.bank"] = fixed.at("head.bank").detach().clone();
            return task->loss(copy, batch);
        });
    }
}

TEST(PretextTask, InstanceMemoryFollowsThePicturesShown) {
    const auto task = task_of("instance");
    const Parameters parameters = parameters_of(*task, 4);
    const auto before = parameters.at("head.bank").clone();
    EXPECT_NEAR(before.norm(2, {1}, false).min().item<double>(), 1, 1e-5);
    PretextBatch batch = batch_of(3, 5);
    batch.instances = at::tensor({1, 4, 6}, torch::kInt64);
    task->loss(parameters, batch);
    const auto moved = (parameters.at("head.bank") - before).norm(2, {1}, false);
    for (const int row : {0, 2, 3, 5, 7}) EXPECT_EQ(moved[row].item<double>(), 0) << row;
    for (const int row : {1, 4, 6}) EXPECT_GT(moved[row].item<double>(), 0.1) << row;
    EXPECT_NEAR(parameters.at("head.bank").norm(2, {1}, false).max().item<double>(), 1, 1e-5);
    EXPECT_FALSE(task->learns("head.bank"));
    EXPECT_FALSE(task->keeps("head.bank"));
}

TEST(PretextTask, InstancesThatDifferLittleAreToldApart) {
    const auto task = task_of("instance");
    const Parameters parameters = parameters_of(*task, 4);
    PretextBatch batch = batch_of(8, 5);
    batch.pictures = batch.pictures.mean({0}, true) + 0.02 * (batch.pictures - batch.pictures.mean({0}, true));
    // Shown twice, so that the memory is of these codes: each is nearer to its own than to the others'.
    task->loss(parameters, batch);
    const double loss = task->loss(parameters, batch).item<double>();
    EXPECT_LT(loss, 0.5 * std::log(8.0));
}

TEST(PretextTask, PicturesWithoutALabelTeachNothing) {
    const auto task = task_of("supervised");
    const Parameters parameters = parameters_of(*task, 4);
    PretextBatch batch = batch_of(4, 5);
    const double all = task->loss(parameters, batch).item<double>();
    batch.labels = at::tensor({0, -1, -1, 0}, torch::kInt64);
    EXPECT_NE(task->loss(parameters, batch).item<double>(), all);
    batch.labels.fill_(-1);
    EXPECT_EQ(task->loss(parameters, batch).item<double>(), 0);
    EXPECT_EQ(task->score(parameters, batch), 0);
}

TEST(PretextTask, RotationIsLearnedWherePicturesHaveAnUpSide) {
    const auto task = task_of("rotation");
    Parameters parameters = parameters_of(*task, 2);
    for (int step = 0; step < 12; ++step) {
        for (auto& [name, tensor] : parameters) tensor = tensor.detach().requires_grad_(true);
        task->loss(parameters, batch_of(8, 100 + static_cast<std::uint64_t>(step))).backward();
        const at::NoGradGuard no_gradient;
        for (auto& [name, tensor] : parameters) {
            tensor = tensor - 0.1 * tensor.grad() / tensor.grad().norm().clamp_min(1e-3);
        }
    }
    EXPECT_GT(task->score(parameters, batch_of(8, 999)), 0.9);
}

}  // namespace
}  // namespace maquette::recon::encoders
