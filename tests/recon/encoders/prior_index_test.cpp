#include "recon/encoders/prior_index.h"

#include <gtest/gtest.h>

#include <fstream>

#include "recon/encoders/image_encoder.h"
#include "recon/encoders/photo_descriptor.h"
#include "render/error.h"
#include "render/io/safetensors.h"
#include "render/triangle_mesh.h"
#include "tests/support/temporary_folder.h"

namespace maquette::recon::encoders {
namespace {

priors::Exemplar exemplar_of(const Eigen::Vector3f& size, const std::string& name) {
    return priors::make_exemplar(render::make_box(size), {.name = name, .licence = "user"});
}

void save_random_encoder(const std::filesystem::path& path, std::uint64_t seed, const std::string& task) {
    render::SafetensorsFile file;
    add_parameters(file, initial_parameters(backbone_shapes(), seed), render::TensorType::f16);
    file.metadata = {{"architecture", encoder_architecture}, {"task", task}, {"domain", "renders"}};
    render::write_safetensors(path, file);
}

/// A library of two priors and untrained encoders, which tell a tower from a board, too.
class PriorIndexTest : public ::testing::Test {
protected:
    PriorIndexTest() : library(folder.path() / "shipped", folder.path() / "user") {
        library.save(
            priors::make_prior("tower", {exemplar_of({0.3F, 1, 0.3F}, "thin"), exemplar_of({0.4F, 1, 0.4F}, "thick")}));
        library.save(priors::make_prior("board", {exemplar_of({1, 0.2F, 0.8F}, "plank")}));
        save_random_encoder(folder.path() / "a.safetensors", 1, "rotation");
        save_random_encoder(folder.path() / "b.safetensors", 2, "jigsaw");
        std::vector<render::FloatImage> pictures;
        for (int i = 0; i < 6; ++i) {
            render::FloatImage picture(64, 64, 4);
            for (std::size_t k = 0; k < picture.pixels.size(); ++k) {
                picture.pixels[k] = static_cast<float>((k * static_cast<std::size_t>(7 + i)) % 11) / 11;
            }
            pictures.push_back(std::move(picture));
        }
        PhotoDescriptor({folder.path() / "a.safetensors", folder.path() / "b.safetensors"}, pictures, 1)
            .save(weights());
    }
    [[nodiscard]] std::filesystem::path weights() const { return folder.path() / "encoders.safetensors"; }
    [[nodiscard]] std::filesystem::path file() const { return folder.path() / "user" / "index" / "made.safetensors"; }

    test::TemporaryFolder folder;
    priors::PriorLibrary library;
};

TEST_F(PriorIndexTest, KeepsWhatItHasSeenAndLooksAtNewPriorsAlone) {
    const PhotoDescriptor descriptor(weights());
    EXPECT_EQ(PriorIndex(library, descriptor, {file()}).described(), 2);
    EXPECT_EQ(PriorIndex(library, descriptor, {file()}).described(), 0);
    library.save(priors::make_prior("cube", {exemplar_of({1, 1, 1}, "die")}));
    const PriorIndex index(library, descriptor, {file()});
    EXPECT_EQ(index.described(), 1);
    EXPECT_EQ(PriorIndex(library, descriptor, {file()}).described(), 0);
    const auto photo = exemplar_views(exemplar_of({1, 1, 1}, "")).at(3);
    EXPECT_EQ(index.rank(descriptor.describe({photo}).front()).size(), 3U);
}

TEST_F(PriorIndexTest, FindsAShapeByAViewOfIt) {
    const PhotoDescriptor descriptor(weights());
    const PriorIndex index(library, descriptor, {file()});
    for (const auto& [name, size, exemplar] : {std::tuple{"tower", Eigen::Vector3f(0.3F, 1, 0.3F), 0},
                                               std::tuple{"tower", Eigen::Vector3f(0.4F, 1, 0.4F), 1},
                                               std::tuple{"board", Eigen::Vector3f(1, 0.2F, 0.8F), 0}}) {
        const auto photo = exemplar_views(exemplar_of(size, "")).at(2);
        const auto ranking = index.rank(descriptor.describe({photo}).front());
        ASSERT_EQ(ranking.size(), 2U);
        EXPECT_EQ(ranking.front().prior, name);
        EXPECT_EQ(ranking.front().exemplar, exemplar);
        EXPECT_GT(ranking.front().similarity, ranking.back().similarity);
    }
}

TEST_F(PriorIndexTest, ABrokenFileOrAnotherDescriptorMeansToLookAgain) {
    const PhotoDescriptor descriptor(weights());
    EXPECT_EQ(PriorIndex(library, descriptor, {file()}).described(), 2);
    std::ofstream(file(), std::ios::binary | std::ios::trunc) << "no index";
    EXPECT_EQ(PriorIndex(library, descriptor, {file()}).described(), 2);
    save_random_encoder(folder.path() / "a.safetensors", 9, "rotation");
    const render::FloatImage one(64, 64, 4, 0.5F);
    render::FloatImage two(64, 64, 4, 0.1F);
    two.at(3, 3, 0) = 1;
    PhotoDescriptor({folder.path() / "a.safetensors"}, {one, two}, 1).save(folder.path() / "other.safetensors");
    const PhotoDescriptor other(folder.path() / "other.safetensors");
    EXPECT_EQ(PriorIndex(library, other, {file()}).described(), 2);
}

TEST_F(PriorIndexTest, WeightsOfSomethingElseAreRefused) {
    EXPECT_THROW(PhotoDescriptor(folder.path() / "a.safetensors"), InputError);
    EXPECT_THROW(load_image_encoder(weights()), InputError);
    EXPECT_EQ(PhotoDescriptor(weights()).members(), (std::vector<std::string>{"rotation", "jigsaw"}));
}

TEST(MeanOfLargest, TakesWhatThereIs) {
    EXPECT_DOUBLE_EQ(mean_of_largest({1, 4, 2, 3}, 2), 3.5);
    EXPECT_DOUBLE_EQ(mean_of_largest({1}, 5), 1);
    EXPECT_DOUBLE_EQ(mean_of_largest({}, 5), -1);
}

}  // namespace
}  // namespace maquette::recon::encoders
