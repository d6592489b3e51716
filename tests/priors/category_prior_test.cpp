#include "priors/category_prior.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "render/error.h"
#include "render/io/safetensors.h"
#include "synthetic_shapes.h"

namespace maquette::priors {
namespace {

using testing::ElementsAre;
using testing::FloatNear;

Exemplar half_space(const std::string& name, int below) {
    return grid_exemplar(name, [below](int x, int, int) { return x < below; });
}

CategoryPrior numbered_prior(int count) {
    std::vector<Exemplar> exemplars;
    std::vector<float> weights;
    for (int k = 0; k < count; ++k) {
        exemplars.push_back(half_space("shape " + std::to_string(k), k + 1));
        weights.push_back(static_cast<float>(k + 1));
    }
    return make_prior("numbered", std::move(exemplars), std::move(weights));
}

std::vector<std::string> names_of(const CategoryPrior& prior) {
    std::vector<std::string> names;
    for (const Exemplar& exemplar : prior.exemplars) {
        names.push_back(exemplar.provenance.name);
    }
    return names;
}

TEST(CategoryPrior, EmptySaysNothing) {
    const CategoryPrior prior = CategoryPrior::empty();
    EXPECT_EQ(prior.mean.resolution, 32);
    EXPECT_EQ(prior.mean.values.size(), 32768U);
    EXPECT_TRUE(std::all_of(prior.mean.values.begin(), prior.mean.values.end(), [](float v) { return v == 0; }));
    EXPECT_TRUE(prior.exemplars.empty());
}

TEST(CategoryPrior, ExemplarOfABoxHasItsVolumeAndDistances) {
    const Exemplar exemplar = make_exemplar(render::make_box({1, 1, 1}), {"box", "", "", ""});
    const auto filled =
        static_cast<double>(std::count(exemplar.occupancy.values.begin(), exemplar.occupancy.values.end(), 1.0F));
    EXPECT_GE(filled, 30 * 30 * 30);
    EXPECT_LE(filled, 32 * 32 * 32);
    const float centre_cell = static_cast<float>(render::default_grid_side / 64);
    EXPECT_EQ(exemplar.distance.at(16, 16, 16), -prior_distance_band);
    EXPECT_NEAR(exemplar.distance.at(1, 16, 16), -(0.5F - 29 * centre_cell), 2e-4F);
    for (const float value : exemplar.distance.values) {
        EXPECT_EQ(value, render::half_to_float(render::float_to_half(value)));
    }
}

TEST(CategoryPrior, ExemplarMustLieInTheObjectFrame) {
    EXPECT_THROW(make_exemplar(render::make_box({3, 1, 1}), {"large", "", "", ""}), InputError);
    EXPECT_THROW(make_exemplar(render::TriangleMesh{}, {"nothing", "", "", ""}), InputError);
}

TEST(CategoryPrior, MeanOfBoxAndSphereIsOneWhereBothAreAndHalfWhereOneIs) {
    const Exemplar box = make_exemplar(render::make_box({1, 1, 1}), {"box", "", "", ""});
    const Exemplar sphere = make_exemplar(render::make_sphere(0.5F, 32, 64), {"sphere", "", "", ""});
    const CategoryPrior prior = make_prior("two", {box, sphere});
    EXPECT_FLOAT_EQ(prior.mean.at(16, 16, 16), 1.0F);
    EXPECT_FLOAT_EQ(prior.mean.at(3, 3, 3), 0.5F);
    EXPECT_FLOAT_EQ(prior.mean.at(3, 16, 16), 1.0F);
    EXPECT_THAT(prior.weights, ElementsAre(0.5F, 0.5F));
}

TEST(CategoryPrior, WeightsAreNormalised) {
    const CategoryPrior prior = make_prior("weighted", {half_space("a", 8), half_space("b", 16)}, {3, 1});
    EXPECT_THAT(prior.weights, ElementsAre(0.75F, 0.25F));
    EXPECT_FLOAT_EQ(prior.mean.at(0, 0, 0), 1.0F);
    EXPECT_FLOAT_EQ(prior.mean.at(10, 0, 0), 0.25F);
    EXPECT_FLOAT_EQ(prior.mean.at(20, 0, 0), 0.0F);
}

TEST(CategoryPrior, BadWeightsAreRefused) {
    EXPECT_THROW(make_prior("x", {}), UsageError);
    EXPECT_THROW(make_prior("x", {half_space("a", 8)}, {0}), UsageError);
    EXPECT_THROW(make_prior("x", {half_space("a", 8)}, {1, 1}), UsageError);
    EXPECT_THROW(make_prior("x", {half_space("a", 8), half_space("b", 8)}, {2, -1}), UsageError);
    EXPECT_THROW(make_prior("x", {half_space("a", 8)}, {NAN}), UsageError);
    EXPECT_THROW(make_prior("x", std::vector<Exemplar>(257, half_space("a", 8))), UsageError);
}

TEST(CategoryPrior, GridsMustAgree) {
    Exemplar coarse;
    coarse.occupancy = render::VoxelGrid(16);
    coarse.distance = render::SignedDistanceGrid(16);
    EXPECT_THROW(make_prior("x", {half_space("a", 8), coarse}), UsageError);
}

TEST(CategoryPrior, SubsetIsDeterministicDistinctAndNested) {
    const CategoryPrior prior = numbered_prior(10);
    const std::vector<std::string> three = names_of(random_subset(prior, 3, 7));
    const std::vector<std::string> five = names_of(random_subset(prior, 5, 7));
    EXPECT_EQ(three, names_of(random_subset(prior, 3, 7)));
    EXPECT_TRUE(std::equal(three.begin(), three.end(), five.begin()));
    EXPECT_EQ(std::set<std::string>(five.begin(), five.end()).size(), 5U);
    std::set<std::string> first_choices;
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        first_choices.insert(names_of(random_subset(prior, 1, seed)).front());
    }
    EXPECT_GE(first_choices.size(), 8U);
}

TEST(CategoryPrior, SubsetKeepsRelativeWeightsAndRecomputesTheMean) {
    const CategoryPrior prior = numbered_prior(3);
    const CategoryPrior all = random_subset(prior, 3, 1);
    for (std::size_t k = 0; k < 3; ++k) {
        const float original = static_cast<float>(all.exemplars[k].provenance.name.back() - '0' + 1) / 6;
        EXPECT_FLOAT_EQ(all.weights[k], original);
    }
    EXPECT_THAT(all.mean.values, testing::Pointwise(FloatNear(1e-6F), prior.mean.values));
    EXPECT_THROW(random_subset(prior, 0, 1), UsageError);
    EXPECT_THROW(random_subset(prior, 4, 1), UsageError);
}

TEST(CategoryPrior, BlendIsTheWeightedMeanOfTheMeans) {
    const CategoryPrior a = make_prior("a", {half_space("a1", 4), half_space("a2", 12)});
    const CategoryPrior b = make_prior("b", {half_space("b1", 24)});
    const CategoryPrior blended = blend({{&a, 7}, {&b, 3}});
    ASSERT_EQ(blended.exemplars.size(), 3U);
    EXPECT_THAT(blended.weights, ElementsAre(FloatNear(0.35F, 1e-6F), FloatNear(0.35F, 1e-6F), FloatNear(0.3F, 1e-6F)));
    for (const int x : {2, 8, 20, 30}) {
        EXPECT_NEAR(blended.mean.at(x, 5, 5), 0.7F * a.mean.at(x, 5, 5) + 0.3F * b.mean.at(x, 5, 5), 1e-6F);
    }
    EXPECT_EQ(blended.name, "a:0.7 + b:0.3");
}

TEST(CategoryPrior, BlendOfOneChangesNothing) {
    const CategoryPrior a = numbered_prior(3);
    const CategoryPrior same = blend({{&a, 0.2F}});
    EXPECT_EQ(same.mean.values, a.mean.values);
    EXPECT_EQ(same.weights, a.weights);
    EXPECT_EQ(same.name, a.name);
}

TEST(CategoryPrior, BlendRefusesEmptyPartsAndBadWeights) {
    const CategoryPrior a = numbered_prior(1);
    const CategoryPrior none = CategoryPrior::empty();
    EXPECT_THROW(blend({}), UsageError);
    EXPECT_THROW(blend({{&a, 0}}), UsageError);
    EXPECT_THROW(blend({{&a, INFINITY}, {&a, 1}}), UsageError);
    EXPECT_THROW(blend({{&a, 1}, {&none, 1}}), UsageError);
    EXPECT_THROW(blend({{nullptr, 1}}), UsageError);
}

TEST(CategoryPrior, MeanDistanceOfTwoSpheresIsASphereInBetween) {
    const Exemplar small = make_exemplar(render::make_sphere(0.4F, 32, 64), {"small", "", "", ""});
    const Exemplar large = make_exemplar(render::make_sphere(0.48F, 32, 64), {"large", "", "", ""});
    const render::SignedDistanceGrid between = mean_distance(make_prior("two", {small, large}));
    // The ray along +x: distance falls through zero at the radius half way.
    int crossing = 16;
    while (between.at(crossing, 16, 16) < 0) {
        ++crossing;
    }
    const float outside = between.at(crossing, 16, 16);
    const float inside = between.at(crossing - 1, 16, 16);
    const float cell = static_cast<float>(between.cell());
    const float radius = between.centre(crossing, 16, 16).norm() - cell * outside / (outside - inside);
    EXPECT_NEAR(radius, 0.44F, 0.25F * cell);
    EXPECT_THROW(mean_distance(CategoryPrior::empty()), UsageError);
}

}  // namespace
}  // namespace maquette::priors
