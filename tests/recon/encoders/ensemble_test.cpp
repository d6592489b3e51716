#include "recon/encoders/ensemble.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include "render/error.h"

namespace maquette::recon::encoders {
namespace {

constexpr std::int64_t classes = 6;
constexpr std::int64_t dimensions = 24;

torch::Tensor normal(std::int64_t rows, std::int64_t columns, std::uint64_t seed) {
    auto generator = at::detail::createCPUGenerator(seed);
    return torch::empty({rows, columns}, torch::kFloat32).normal_(0, 1, generator);
}

/// Three encoders that see a class each through a linear map of their own, with noise of their own: together they know
/// more than each.
struct World {
    std::vector<torch::Tensor> centres;

    World() {
        for (std::uint64_t j = 0; j < 3; ++j) centres.push_back(normal(classes, dimensions, 50 + j));
    }
    [[nodiscard]] torch::Tensor labels(std::int64_t count) const {
        return at::arange(count, torch::kInt64).remainder(classes);
    }
    [[nodiscard]] std::vector<torch::Tensor> features(std::int64_t count, std::uint64_t seed) const {
        std::vector<torch::Tensor> result;
        for (std::size_t j = 0; j < centres.size(); ++j) {
            result.push_back(centres[j].index_select(0, labels(count)) +
                             3.0 * normal(count, dimensions, seed + 10 * j));
        }
        return result;
    }
};

double nearest_accuracy(const torch::Tensor& gallery, const torch::Tensor& queries, const World& world) {
    const auto near = at::matmul(queries, gallery.t()).argmax(1);
    const auto guesses = world.labels(gallery.size(0)).index_select(0, near);
    return guesses.eq(world.labels(queries.size(0))).to(torch::kFloat32).mean().item<double>();
}

EnsembleSettings quick() {
    EnsembleSettings settings;
    settings.hidden = 48;
    settings.epochs = 40;
    settings.batch_size = 64;
    return settings;
}

TEST(Ensemble, KnowsMoreThanEachOfItsEncoders) {
    const World world;
    const auto gallery = world.features(240, 1);
    const auto queries = world.features(240, 2);
    const auto ensemble = Ensemble::fit(gallery, quick());
    const double joined = nearest_accuracy(ensemble.representation(gallery), ensemble.representation(queries), world);
    const auto g = ensemble.normalised(gallery);
    const auto q = ensemble.normalised(queries);
    for (std::size_t j = 0; j < g.size(); ++j) EXPECT_GT(joined, nearest_accuracy(g[j], q[j], world) + 0.03) << j;
}

TEST(Ensemble, StepsBringThePredictionsCloser) {
    const World world;
    const auto ensemble = Ensemble::fit(world.features(120, 1), quick());
    const auto queries = world.features(60, 2);
    double before = 3;
    for (const int steps : {0, 5, 50}) {
        const double after =
            ensemble.disagreement(ensemble.representation(queries, steps), queries).mean().item<double>();
        EXPECT_LT(after, before) << steps;
        before = after;
    }
    EXPECT_NEAR(ensemble.representation(queries).norm(2, {1}, false).min().item<double>(), 1, 1e-5);
}

TEST(Ensemble, APicturesPsiDoesNotDependOnItsCompany) {
    const World world;
    const auto ensemble = Ensemble::fit(world.features(120, 1), quick());
    const auto queries = world.features(9, 2);
    std::vector<torch::Tensor> one;
    for (const auto& z : queries) one.push_back(z.narrow(0, 4, 1));
    EXPECT_LT((ensemble.representation(queries)[4] - ensemble.representation(one)[0]).abs().max().item<double>(), 1e-4);
}

TEST(Ensemble, BeginsWithTheMean) {
    const World world;
    const auto features = world.features(50, 1);
    const auto ensemble = Ensemble::fit(features, quick());
    const auto z = ensemble.normalised(features);
    auto mean = (z[0] + z[1] + z[2]) / 3;
    mean = mean / mean.norm(2, {1}, true);
    EXPECT_LT((ensemble.representation(features, 0) - mean).abs().max().item<double>(), 1e-5);
}

TEST(Ensemble, ComesBackFromAFile) {
    const World world;
    const auto features = world.features(60, 1);
    const auto ensemble = Ensemble::fit(features, quick());
    render::SafetensorsFile file;
    ensemble.add_to(file);
    const auto again = Ensemble::read(file, "file");
    EXPECT_EQ(again.encoders(), 3);
    const auto cosine = (ensemble.representation(features) * again.representation(features)).sum(1);
    EXPECT_GT(cosine.min().item<double>(), 0.999);
    file.tensors.erase("ensemble.out.1");
    EXPECT_THROW(Ensemble::read(file, "file"), InputError);
    file.metadata["ensemble_encoders"] = "many";
    EXPECT_THROW(Ensemble::read(file, "file"), InputError);
}

TEST(Ensemble, RefusesFeaturesThatDoNotFit) {
    const World world;
    auto features = world.features(20, 1);
    EXPECT_THROW(Ensemble::fit({}, quick()), UsageError);
    const auto ensemble = Ensemble::fit(features, quick());
    EXPECT_THROW((void)ensemble.representation({features[0]}), UsageError);
    features[1] = features[1].narrow(0, 0, 10);
    EXPECT_THROW(Ensemble::fit(features, quick()), UsageError);
}

}  // namespace
}  // namespace maquette::recon::encoders
