#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>

#include "priors/category_prior.h"
#include "render/error.h"
#include "render/io/atomic_file.h"
#include "render/io/safetensors.h"
#include "synthetic_shapes.h"

namespace maquette::priors {
namespace {

using testing::HasSubstr;

CategoryPrior stepped_prior() {
    const Exemplar low = grid_exemplar("low", [](int, int y, int) { return y < 5; });
    const Exemplar odd =
        grid_exemplar("odd \"quoted\" é", [](int x, int y, int z) { return (x * 7 + y * 3 + z) % 5 == 0; });
    const Exemplar corner = grid_exemplar("corner", [](int x, int y, int z) { return x + y + z > 80; });
    return make_prior("stepped", {low, odd, corner}, {1, 2, 4});
}

class PriorFile : public testing::Test {
protected:
    void SetUp() override { save_prior(path_, stepped_prior()); }

    /// The file with one thing changed must be refused with a message that says `expected`.
    void expect_refused(const std::function<void(render::SafetensorsFile&)>& change, const std::string& expected) {
        render::SafetensorsFile file = render::read_safetensors(path_);
        change(file);
        const std::filesystem::path changed = folder_.path() / "changed.safetensors";
        render::write_safetensors(changed, file);
        try {
            load_prior(changed);
            ADD_FAILURE() << "loaded although " << expected;
        } catch (const InputError& error) {
            EXPECT_THAT(error.what(), HasSubstr(expected));
            EXPECT_THAT(error.what(), HasSubstr("changed.safetensors"));
        }
    }

    TemporaryFolder folder_;
    std::filesystem::path path_ = folder_.path() / "stepped.safetensors";
};

TEST_F(PriorFile, RoundTripKeepsEveryBit) {
    const CategoryPrior saved = stepped_prior();
    const CategoryPrior loaded = load_prior(path_);
    EXPECT_EQ(loaded.name, saved.name);
    EXPECT_EQ(loaded.weights, saved.weights);
    EXPECT_EQ(loaded.mean.values, saved.mean.values);
    ASSERT_EQ(loaded.exemplars.size(), 3U);
    for (std::size_t k = 0; k < 3; ++k) {
        EXPECT_EQ(loaded.exemplars[k].occupancy.values, saved.exemplars[k].occupancy.values);
        EXPECT_EQ(loaded.exemplars[k].distance.values, saved.exemplars[k].distance.values);
        EXPECT_EQ(loaded.exemplars[k].provenance.name, saved.exemplars[k].provenance.name);
        EXPECT_EQ(loaded.exemplars[k].provenance.creator, "A. Maker");
        EXPECT_EQ(loaded.exemplars[k].provenance.source, "made up");
        EXPECT_EQ(loaded.exemplars[k].provenance.licence, "CC0-1.0");
    }
}

TEST_F(PriorFile, RoundTripOfAMeshKeepsEveryBit) {
    const CategoryPrior saved = make_prior("chair", {make_exemplar(make_chair(), {"chair", "", "", "user"})});
    const std::filesystem::path path = folder_.path() / "chair.safetensors";
    save_prior(path, saved);
    const CategoryPrior loaded = load_prior(path);
    EXPECT_EQ(loaded.exemplars[0].distance.values, saved.exemplars[0].distance.values);
    EXPECT_EQ(loaded.mean.values, saved.mean.values);
}

TEST_F(PriorFile, SameContentGivesTheSameBytes) {
    const std::filesystem::path again = folder_.path() / "again.safetensors";
    save_prior(again, load_prior(path_));
    EXPECT_EQ(render::sha256_of_file(again), render::sha256_of_file(path_));
}

TEST_F(PriorFile, BitOrderIsLowestBitFirst) {
    save_prior(path_,
               make_prior("one", {grid_exemplar("one", [](int x, int y, int z) { return x == 1 && y + z == 0; })}));
    const render::SafetensorsFile file = render::read_safetensors(path_);
    EXPECT_EQ(file.tensors.at("exemplar_occupancy").shape, (std::vector<std::int64_t>{1, 4096}));
    EXPECT_EQ(file.tensors.at("exemplar_occupancy").bytes[0], 2);
    EXPECT_EQ(file.tensors.at("exemplar_distance").type, render::TensorType::f16);
}

TEST_F(PriorFile, WhatBitsCannotHoldIsNotSaved) {
    CategoryPrior soft = stepped_prior();
    soft.exemplars[1].occupancy.at(3, 3, 3) = 0.4F;
    EXPECT_THROW(save_prior(folder_.path() / "soft.safetensors", soft), UsageError);
    EXPECT_THROW(save_prior(folder_.path() / "none.safetensors", CategoryPrior::empty()), UsageError);
    EXPECT_FALSE(std::filesystem::exists(folder_.path() / "soft.safetensors"));
}

TEST_F(PriorFile, CorruptContentIsRefusedByName) {
    using render::SafetensorsFile;
    using render::TensorData;
    using render::TensorType;
    expect_refused([](SafetensorsFile& f) { f.tensors.erase("weights"); }, "'weights' is missing");
    expect_refused([](SafetensorsFile& f) { f.tensors["extra"] = f.tensors["weights"]; }, "4 tensors");
    expect_refused([](SafetensorsFile& f) { f.metadata.erase("format"); }, "not a prior");
    expect_refused([](SafetensorsFile& f) { f.metadata["format"] = "weights"; }, "'weights', not a prior");
    expect_refused([](SafetensorsFile& f) { f.metadata["version"] = "99"; }, "version '99'");
    expect_refused([](SafetensorsFile& f) { f.metadata["provenance"] = "{nonsense"; }, "not a JSON list");
    expect_refused([](SafetensorsFile& f) { f.metadata["provenance"] = "[1, 2, 3]"; }, "provenance 1");
    expect_refused([](SafetensorsFile& f) { f.metadata["provenance"] = "[]"; }, "0 provenances");
    const auto set_weights = [](const std::vector<float>& values) {
        return [values](SafetensorsFile& f) {
            f.tensors["weights"] = TensorData::from_floats(values, {static_cast<std::int64_t>(values.size())});
        };
    };
    expect_refused(set_weights({0.5F, 0.5F}), "2 weights");
    expect_refused(set_weights({0.5F, 0.5F, 0.5F}), "sum to 1.5");
    expect_refused(set_weights({1.5F, -0.5F, 0}), "weight -0.5");
    expect_refused(set_weights({NAN, 0.5F, 0.5F}), "weight nan");
    expect_refused(
        [](SafetensorsFile& f) {
            std::vector<float> values = f.tensors["exemplar_distance"].to_floats();
            values[5] = 0.5F;
            f.tensors["exemplar_distance"] = TensorData::from_floats(values, {3, 32, 32, 32}, TensorType::f16);
        },
        "distance 0.5");
    expect_refused(
        [](SafetensorsFile& f) {
            const std::vector<float> values = f.tensors["exemplar_distance"].to_floats();
            f.tensors["exemplar_distance"] = TensorData::from_floats(values, {3, 32, 32, 32}, TensorType::f32);
        },
        "'exemplar_distance' has another type");
    expect_refused(
        [](SafetensorsFile& f) {
            f.tensors["exemplar_occupancy"].shape = {6, 2048};
        },
        "'exemplar_occupancy' has another type or shape");
    expect_refused(
        [](SafetensorsFile& f) {
            f.tensors["exemplar_occupancy"] = {TensorType::u8, {257, 4096}, std::vector<std::uint8_t>(257 * 4096)};
        },
        "257 exemplars");
    expect_refused(
        [](SafetensorsFile& f) {
            f.tensors["exemplar_occupancy"] = {TensorType::u8, {0, 4096}, {}};
        },
        "0 exemplars");
}

TEST_F(PriorFile, TruncatedAndForeignFilesAreRefused) {
    const std::string bytes = render::read_file(path_);
    const std::filesystem::path cut = folder_.path() / "cut.safetensors";
    for (const std::size_t length :
         {std::size_t{0}, std::size_t{7}, std::size_t{100}, bytes.size() / 2, bytes.size() - 1}) {
        std::ofstream(cut, std::ios::binary) << bytes.substr(0, length);
        EXPECT_THROW(load_prior(cut), InputError) << length << " bytes";
    }
    EXPECT_THROW(load_prior(folder_.path() / "missing.safetensors"), InputError);
    EXPECT_THROW(load_prior(folder_.path()), InputError);
}

TEST_F(PriorFile, OversizedFileIsRefusedBeforeReading) {
    std::filesystem::resize_file(path_, std::uintmax_t{40} << 20U);
    EXPECT_THROW(load_prior(path_), InputError);
}

}  // namespace
}  // namespace maquette::priors
