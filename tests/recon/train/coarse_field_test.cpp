#include "recon/train/coarse_field.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "recon/eval/metrics.h"

namespace maquette::recon {
namespace {

/// Solid between -half and half.
render::VoxelGrid block(const Eigen::Vector3f& half) {
    render::VoxelGrid grid(32);
    for (int z = 0; z < 32; ++z) {
        for (int y = 0; y < 32; ++y) {
            for (int x = 0; x < 32; ++x) {
                grid.at(x, y, z) = (grid.centre(x, y, z).cwiseAbs() - half).maxCoeff() <= 0 ? 1.0F : 0.0F;
            }
        }
    }
    return grid;
}

TEST(CoarseField, IsAboutAsFarFromTheTruthAsTheRefiner) {
    const auto truth = block({0.2F, 0.4F, 0.3F});
    const auto prior = block({0.35F, 0.45F, 0.2F});
    double sum = 0;
    double lowest = 1;
    double highest = 0;
    constexpr int count = 60;
    for (int i = 0; i < count; ++i) {
        RandomStream random(4, static_cast<std::uint64_t>(i));
        const auto field = coarse_field(truth, prior, random);
        EXPECT_GE(*std::min_element(field.values.begin(), field.values.end()), 0);
        EXPECT_LE(*std::max_element(field.values.begin(), field.values.end()), 1);
        const double score = iou(field, truth, 0.5F);
        sum += score;
        lowest = std::min(lowest, score);
        highest = std::max(highest, score);
    }
    EXPECT_GT(sum / count, 0.5);
    EXPECT_LT(sum / count, 0.85);
    EXPECT_LT(lowest, 0.5);
    EXPECT_GT(highest, 0.8);
    EXPECT_LT(highest, 0.99);
}

TEST(CoarseField, FollowsTheSeed) {
    const auto truth = block({0.2F, 0.4F, 0.3F});
    const auto field = [&](std::uint64_t number) {
        RandomStream random(4, number);
        return coarse_field(truth, render::VoxelGrid(32), random).values;
    };
    EXPECT_EQ(field(1), field(1));
    EXPECT_NE(field(1), field(2));
}

// The empty prior means none, and is not what the shape leans towards.
TEST(CoarseField, WithoutAPriorTheShapeStays) {
    const auto truth = block({0.25F, 0.4F, 0.3F});
    for (std::uint64_t i = 0; i < 40; ++i) {
        RandomStream random(9, i);
        EXPECT_GT(iou(coarse_field(truth, render::VoxelGrid(32), random), truth, 0.5F), 0.3) << i;
    }
}

}  // namespace
}  // namespace maquette::recon
