#include "recon/eval/metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "render/error.h"

namespace maquette::recon {
namespace {

using render::FloatImage;
using render::TriangleMesh;
using render::VoxelGrid;

TriangleMesh square(float height) {
    TriangleMesh mesh;
    mesh.vertices = {{-0.5F, height, -0.5F}, {0.5F, height, -0.5F}, {0.5F, height, 0.5F}, {-0.5F, height, 0.5F}};
    mesh.triangles = {{0, 1, 2}, {0, 2, 3}};
    return mesh;
}

TEST(Iou, CountsCellsAgainstTheirThresholds) {
    VoxelGrid prediction(2);
    VoxelGrid truth(2);
    prediction.values = {0.4F, 0.39F, 0.9F, 0.9F, 0, 0, 0, 0};
    truth.values = {1, 1, 0.5F, 0.49F, 1, 0, 0, 0};
    // prediction: cells 0, 2, 3; truth: cells 0, 1, 2, 4
    EXPECT_DOUBLE_EQ(iou(prediction, truth, 0.4F), 2.0 / 5.0);
    EXPECT_DOUBLE_EQ(iou(prediction, truth, 0.5F), 1.0 / 5.0);
    EXPECT_DOUBLE_EQ(iou(truth, truth, 0.5F), 1);
    EXPECT_DOUBLE_EQ(iou(VoxelGrid(2), VoxelGrid(2), 0.5F), 1);
    EXPECT_DOUBLE_EQ(iou(VoxelGrid(2), truth, 0.5F), 0);
    EXPECT_THROW((void)iou(VoxelGrid(2), VoxelGrid(4), 0.5F), UsageError);
}

TEST(MaskIou, CountsPixels) {
    FloatImage a(2, 2, 1);
    FloatImage b(2, 2, 1);
    a.pixels = {1, 0.5F, 0.2F, 0};
    b.pixels = {1, 0.4F, 0.9F, 0};
    EXPECT_DOUBLE_EQ(mask_iou(a, b), 1.0 / 3.0);
    EXPECT_DOUBLE_EQ(mask_iou(FloatImage(3, 2, 1), FloatImage(3, 2, 1)), 1);
    EXPECT_THROW((void)mask_iou(a, FloatImage(2, 1, 1)), UsageError);
    EXPECT_THROW((void)mask_iou(FloatImage(2, 2, 3), FloatImage(2, 2, 3)), UsageError);
}

TEST(SurfaceDistance, ParallelSquaresAreTheirGapApart) {
    const SurfaceDistance apart = surface_distance(square(0), square(0.2F));
    // The nearest sample is not straight below: 0.005 away on average at this density.
    EXPECT_NEAR(apart.chamfer_l1, std::hypot(0.2, 0.005), 5e-4);
    EXPECT_DOUBLE_EQ(apart.fscore_005, 0);
    const SurfaceDistance near = surface_distance(square(0), square(0.03F));
    EXPECT_NEAR(near.chamfer_l1, std::hypot(0.03, 0.005), 1e-3);
    EXPECT_DOUBLE_EQ(near.fscore_001, 0);
    EXPECT_DOUBLE_EQ(near.fscore_005, 1);
}

TEST(SurfaceDistance, EqualSurfacesKeepTheSamplingDistance) {
    const SurfaceDistance same = surface_distance(square(0), square(0));
    // Nearest of n uniform points per unit area: 1 / (2 sqrt(n)) on average.
    EXPECT_NEAR(same.chamfer_l1, 0.005, 3e-4);
    EXPECT_GT(same.fscore_001, 0.93);
    EXPECT_DOUBLE_EQ(same.fscore_005, 1);
    EXPECT_LT(surface_distance(square(0), square(0), 40000).chamfer_l1, 0.6 * same.chamfer_l1);
}

TEST(SurfaceDistance, FscoreIsTheHarmonicMeanOfPrecisionAndRecall) {
    TriangleMesh both = square(0);
    const TriangleMesh far_away = square(1);
    both.vertices.insert(both.vertices.end(), far_away.vertices.begin(), far_away.vertices.end());
    both.triangles.insert(both.triangles.end(), {{4, 5, 6}, {4, 6, 7}});
    const SurfaceDistance result = surface_distance(both, square(0));
    // Precision 1/2, recall 1; distances: half of the samples are 1 away on the way there, none on the way back.
    EXPECT_NEAR(result.fscore_005, 2.0 / 3.0, 0.01);
    EXPECT_NEAR(result.chamfer_l1, 0.25 + 0.005, 0.01);
    const SurfaceDistance swapped = surface_distance(square(0), both);
    EXPECT_NEAR(swapped.fscore_005, result.fscore_005, 0.02);
}

TEST(SurfaceDistance, IsRepeatableAndRefusesEmptyMeshes) {
    EXPECT_EQ(surface_distance(square(0), square(0.1F), 500, 7).chamfer_l1,
              surface_distance(square(0), square(0.1F), 500, 7).chamfer_l1);
    EXPECT_NE(surface_distance(square(0), square(0.1F), 500, 7).chamfer_l1,
              surface_distance(square(0), square(0.1F), 500, 8).chamfer_l1);
    EXPECT_THROW((void)surface_distance(TriangleMesh(), square(0)), InputError);
    EXPECT_THROW((void)surface_distance(square(0), TriangleMesh()), InputError);
    EXPECT_THROW((void)surface_distance(square(0), square(0), 0), UsageError);
}

TEST(Bootstrap, MeanIsOverCategoriesNotOverShapes) {
    const std::vector<ShapeScore> scores = {{0, 1}, {0, 1}, {0, 1}, {5, 0}};
    const Interval interval = bootstrap(scores);
    EXPECT_DOUBLE_EQ(interval.mean, 0.5);
    // Shapes are drawn within their category, so that nothing varies here.
    EXPECT_DOUBLE_EQ(interval.low, 0.5);
    EXPECT_DOUBLE_EQ(interval.high, 0.5);
}

TEST(Bootstrap, TwoValuesGiveTheBinomialQuantiles) {
    // The resampled mean of {0, 1} is 0, 1/2 or 1 with probabilities 1/4, 1/2, 1/4.
    const std::vector<ShapeScore> scores = {{0, 0}, {0, 1}};
    const Interval wide = bootstrap(scores, 4000, 0.95);
    EXPECT_DOUBLE_EQ(wide.low, 0);
    EXPECT_DOUBLE_EQ(wide.high, 1);
    const Interval narrow = bootstrap(scores, 4000, 0.3);
    EXPECT_DOUBLE_EQ(narrow.low, 0.5);
    EXPECT_DOUBLE_EQ(narrow.high, 0.5);
}

TEST(Bootstrap, IntervalsCoverTheTruthAsOftenAsTheySay) {
    std::mt19937_64 random(11);
    std::normal_distribution<double> noise(0, 0.1);
    constexpr int trials = 400;
    int covered = 0;
    double width = 0;
    for (int trial = 0; trial < trials; ++trial) {
        std::vector<ShapeScore> scores;
        for (int category = 0; category < 4; ++category) {
            for (int shape = 0; shape < 25; ++shape) {
                scores.push_back({category, 0.2 * category + noise(random)});
            }
        }
        const Interval interval = bootstrap(scores, 400, 0.9, static_cast<std::uint64_t>(trial));
        covered += interval.low <= 0.3 && 0.3 <= interval.high ? 1 : 0;
        width += (interval.high - interval.low) / trials;
    }
    // 0.9 of 400 with a standard deviation of 6, less the percentile method's own lack of some 2 % at this size.
    EXPECT_GT(covered, 400 * 0.84);
    EXPECT_LT(covered, 400 * 0.95);
    EXPECT_NEAR(width, 2 * 1.645 * 0.1 / std::sqrt(100.0), 0.003);
}

TEST(Bootstrap, IsRepeatable) {
    const std::vector<ShapeScore> scores = {{0, 0.1}, {0, 0.5}, {0, 0.7}, {1, 0.3}, {1, 0.35}};
    EXPECT_EQ(bootstrap(scores, 200, 0.9, 3).low, bootstrap(scores, 200, 0.9, 3).low);
    EXPECT_NE(bootstrap(scores, 20, 0.9, 3).low, bootstrap(scores, 20, 0.9, 4).low);
}

TEST(Bootstrap, PairedDifferenceIsSharperThanItsParts) {
    std::mt19937_64 random(5);
    std::normal_distribution<double> hardness(0.5, 0.2);
    std::vector<ShapeScore> a;
    std::vector<ShapeScore> b;
    for (int i = 0; i < 60; ++i) {
        const double base = hardness(random);
        b.push_back({i % 3, base});
        a.push_back({i % 3, base + 0.02 + 0.001 * (i % 2)});
    }
    const Interval difference = bootstrap_difference(a, b);
    EXPECT_NEAR(difference.mean, 0.0205, 1e-9);
    EXPECT_GT(difference.low, 0.02);
    EXPECT_LT(difference.high, 0.021);
    EXPECT_GT(bootstrap(a).high - bootstrap(a).low, 0.05);
}

TEST(Bootstrap, RatioIsOfTheMeansAndNarrowerThanUnpaired) {
    std::vector<ShapeScore> a;
    std::vector<ShapeScore> b;
    for (int i = 0; i < 30; ++i) {
        const double base = 0.2 + 0.02 * i;
        b.push_back({i % 3, base});
        a.push_back({i % 3, 1.5 * base + 0.001 * (i % 2)});
    }
    const Interval ratio = bootstrap_ratio(a, b);
    EXPECT_NEAR(ratio.mean, bootstrap(a).mean / bootstrap(b).mean, 1e-12);
    EXPECT_GT(ratio.low, 1.49);
    EXPECT_LT(ratio.high, 1.51);
    EXPECT_THROW((void)bootstrap_ratio({{0, 1}}, {{0, 0}}), UsageError);
    EXPECT_THROW((void)bootstrap_ratio({{0, 1}}, {{1, 1}}), UsageError);
}

TEST(Bootstrap, RefusesWhatHasNoMean) {
    EXPECT_THROW((void)bootstrap({}), UsageError);
    EXPECT_THROW((void)bootstrap({{0, 1}}, 0), UsageError);
    EXPECT_THROW((void)bootstrap({{0, 1}}, 10, 1.0), UsageError);
    EXPECT_THROW((void)bootstrap_difference({{0, 1}}, {}), UsageError);
    EXPECT_THROW((void)bootstrap_difference({{0, 1}}, {{1, 1}}), UsageError);
}

}  // namespace
}  // namespace maquette::recon
