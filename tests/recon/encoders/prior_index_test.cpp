#include "recon/encoders/prior_index.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <memory>

#include "recon/encoders/image_encoder.h"
#include "recon/encoders/photo_descriptor.h"
#include "render/error.h"
#include "render/io/safetensors.h"
#include "render/renderer.h"
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

ViewMeasure encoders_of(const std::filesystem::path& weights) {
    return measure_by_encoders(std::make_shared<const PhotoDescriptor>(weights));
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
    const ViewMeasure descriptor = encoders_of(weights());
    EXPECT_EQ(PriorIndex(library, descriptor, {file()}).described(), 2);
    EXPECT_EQ(PriorIndex(library, descriptor, {file()}).described(), 0);
    library.save(priors::make_prior("cube", {exemplar_of({1, 1, 1}, "die")}));
    const PriorIndex index(library, descriptor, {file()});
    EXPECT_EQ(index.described(), 1);
    EXPECT_EQ(PriorIndex(library, descriptor, {file()}).described(), 0);
    const auto photo = exemplar_views(exemplar_of({1, 1, 1}, "")).at(3);
    EXPECT_EQ(index.rank(photo).size(), 3U);
}

TEST_F(PriorIndexTest, FindsAShapeByAViewOfIt) {
    for (const auto& measure : {encoders_of(weights()), measure_by_pixels()}) {
        const PriorIndex index(library, measure, {file()});
        for (const auto& [name, size, exemplar] : {std::tuple{"tower", Eigen::Vector3f(0.3F, 1, 0.3F), 0},
                                                   std::tuple{"tower", Eigen::Vector3f(0.4F, 1, 0.4F), 1},
                                                   std::tuple{"board", Eigen::Vector3f(1, 0.2F, 0.8F), 0}}) {
            const auto photo = exemplar_views(exemplar_of(size, "")).at(2);
            const auto ranking = index.rank(photo);
            ASSERT_EQ(ranking.size(), 2U);
            EXPECT_EQ(ranking.front().prior, name);
            EXPECT_EQ(ranking.front().exemplar, exemplar);
            EXPECT_GT(ranking.front().similarity, ranking.back().similarity);
            EXPECT_LE(ranking.front().similarity, 1);
        }
    }
}

TEST_F(PriorIndexTest, ByPixelsWhatIsReadIsWhatWasSeen) {
    const auto photo = exemplar_views(exemplar_of({0.35F, 1, 0.3F}, "")).at(7);
    const auto seen = PriorIndex(library, measure_by_pixels(), {file()}).rank(photo);
    const PriorIndex read(library, measure_by_pixels(), {file()});
    EXPECT_EQ(read.described(), 0);
    const auto again = read.rank(photo);
    ASSERT_EQ(again.size(), seen.size());
    for (std::size_t i = 0; i < seen.size(); ++i) {
        EXPECT_EQ(again[i].prior, seen[i].prior);
        EXPECT_EQ(again[i].similarity, seen[i].similarity);
        EXPECT_EQ(again[i].azimuth, seen[i].azimuth);
    }
}

TEST_F(PriorIndexTest, ByPixelsTheRightShapeAndSideComeFirst) {
    library.save(priors::make_prior("beam", {exemplar_of({1, 0.15F, 0.15F}, "long")}));
    render::OrbitPose pose = index_poses()[3];
    pose.azimuth += 6;
    pose.elevation += 4;
    const render::Camera camera = render::orbit_camera(pose, 150, 120);
    render::RenderOptions options;
    options.lighting = render::studio_lighting(camera);
    options.background = {20, 60, 90};
    const auto photo = render::Renderer(render::make_box({1, 0.15F, 0.15F})).render(camera, options);
    const auto ranking =
        PriorIndex(library, measure_by_pixels(), {file()}).rank(make_view(photo.rgb, photo.mask, camera, "photo"));
    ASSERT_EQ(ranking.size(), 3U);
    EXPECT_EQ(ranking.front().prior, "beam");
    // Half a turn about shows the same outline.
    EXPECT_NEAR(std::fmod(ranking.front().azimuth, 180), pose.azimuth, 31);
}

TEST_F(PriorIndexTest, ABrokenFileOrAnotherDescriptorMeansToLookAgain) {
    const ViewMeasure descriptor = encoders_of(weights());
    EXPECT_EQ(PriorIndex(library, descriptor, {file()}).described(), 2);
    std::ofstream(file(), std::ios::binary | std::ios::trunc) << "no index";
    EXPECT_EQ(PriorIndex(library, descriptor, {file()}).described(), 2);
    save_random_encoder(folder.path() / "a.safetensors", 9, "rotation");
    const render::FloatImage one(64, 64, 4, 0.5F);
    render::FloatImage two(64, 64, 4, 0.1F);
    two.at(3, 3, 0) = 1;
    PhotoDescriptor({folder.path() / "a.safetensors"}, {one, two}, 1).save(folder.path() / "other.safetensors");
    EXPECT_EQ(PriorIndex(library, encoders_of(folder.path() / "other.safetensors"), {file()}).described(), 2);
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
