#include "priors/prior_library.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "priors/default_locations.h"
#include "priors/prior_builder.h"
#include "render/error.h"
#include "render/io/mesh_io.h"
#include "synthetic_shapes.h"

namespace maquette::priors {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;

CategoryPrior slab(const std::string& name, int height) {
    return make_prior(name, {grid_exemplar(name, [height](int, int y, int) { return y < height; })});
}

std::string message_of(const PriorLibrary& library, const std::vector<std::string>& parts) {
    try {
        (void)library.resolve(parts);
    } catch (const InputError& error) {
        return error.what();
    }
    return "no InputError";
}

class Library : public testing::Test {
protected:
    void SetUp() override {
        fs::create_directories(shipped_);
        save_prior(shipped_ / "chair.safetensors", slab("chair", 8));
        save_prior(shipped_ / "table.safetensors", slab("table", 16));
        save_prior(user_ / "table.safetensors", slab("table", 24));
        std::ofstream(shipped_ / "README.md") << "not a prior";
        std::ofstream(shipped_ / "bad name.safetensors") << "not listed";
    }

    TemporaryFolder folder_;
    fs::path shipped_ = folder_.path() / "shipped";
    fs::path user_ = folder_.path() / "user" / "deep";
    PriorLibrary library_{shipped_, user_};
};

TEST_F(Library, ListsBothFoldersAndTheUsersHidesTheShipped) {
    const std::vector<PriorLibrary::Entry> entries = library_.list();
    ASSERT_EQ(entries.size(), 2U);
    EXPECT_EQ(entries[0].name, "chair");
    EXPECT_TRUE(entries[0].shipped);
    EXPECT_EQ(entries[1].name, "table");
    EXPECT_FALSE(entries[1].shipped);
    EXPECT_EQ(library_.load("table").mean.at(0, 20, 0), 1.0F);
    EXPECT_TRUE(PriorLibrary(folder_.path() / "no", folder_.path() / "nowhere").list().empty());
}

TEST_F(Library, UnknownNameSaysTheNearest) {
    const std::string message = message_of(library_, {"chiar"});
    EXPECT_THAT(message, HasSubstr("did you mean 'chair'?"));
    EXPECT_THAT(message, HasSubstr("maquette prior list"));
    EXPECT_THAT(message_of(library_, {"xylophone"}), testing::Not(HasSubstr("did you mean")));
}

TEST_F(Library, SavesUnderSafeNamesOnly) {
    const fs::path path = library_.save(slab("my_chair-2", 4));
    EXPECT_EQ(path, user_ / "my_chair-2.safetensors");
    EXPECT_EQ(library_.load("my_chair-2").mean.values, slab("x", 4).mean.values);
    for (const char* bad : {"", "..", "a/b", "a b", "a.b", "none", "caf\xc3\xa9", "a:1"}) {
        EXPECT_THROW(library_.save(slab(bad, 4)), InputError) << bad;
    }
    EXPECT_THROW(library_.save(slab(std::string(101, 'a'), 4)), InputError);
}

TEST_F(Library, ResolvesNamesWithWeights) {
    EXPECT_EQ(library_.resolve({"chair"}).name, "chair");
    EXPECT_EQ(library_.resolve({"chair:0.5"}).mean.values, slab("x", 8).mean.values);
    const CategoryPrior blended = library_.resolve({"chair:0.7", "table:0.3"});
    EXPECT_THAT(blended.weights, ElementsAre(FloatNear(0.7F, 1e-6F), FloatNear(0.3F, 1e-6F)));
    EXPECT_NEAR(blended.mean.at(0, 4, 0), 1.0F, 1e-6F);
    EXPECT_NEAR(blended.mean.at(0, 12, 0), 0.3F, 1e-6F);
}

TEST_F(Library, ResolvesNone) {
    EXPECT_TRUE(library_.resolve({"none"}).exemplars.empty());
    EXPECT_TRUE(library_.resolve({"none:2"}).exemplars.empty());
    EXPECT_THROW(static_cast<void>(library_.resolve({"none", "chair"})), UsageError);
    EXPECT_THROW(static_cast<void>(library_.resolve({"chair", "none:0.1"})), UsageError);
    EXPECT_THROW(static_cast<void>(library_.resolve({})), UsageError);
}

TEST_F(Library, WeightsMustBePositiveNumbers) {
    for (const char* bad : {"chair:0", "chair:-1", "chair:inf", "chair:nan", "chair:1e99", ":0.5", ""}) {
        EXPECT_THROW(static_cast<void>(library_.resolve({bad})), UsageError) << bad;
    }
    EXPECT_THROW(static_cast<void>(library_.resolve({"chair:"})), InputError);
    EXPECT_THROW(static_cast<void>(library_.resolve({"chair:2x"})), InputError);
}

TEST_F(Library, ResolvesMeshesAndPriorFilesWithColonsInTheirPaths) {
    const fs::path odd = folder_.path() / "a:1" / "C:chair:2.ply";
    fs::create_directories(odd.parent_path());
    render::write_mesh(odd, make_chair());
    const CategoryPrior plain = library_.resolve({odd.string()});
    ASSERT_EQ(plain.exemplars.size(), 1U);
    EXPECT_EQ(plain.name, "C:chair:2");
    EXPECT_EQ(plain.exemplars[0].provenance.licence, "user");
    EXPECT_EQ(plain.exemplars[0].occupancy.values, make_exemplar(make_chair(), {}).occupancy.values);
    const CategoryPrior blended =
        library_.resolve({odd.string() + ":3", (shipped_ / "table.safetensors").string() + ":1"});
    EXPECT_THAT(blended.weights, ElementsAre(FloatNear(0.75F, 1e-6F), FloatNear(0.25F, 1e-6F)));
}

TEST_F(Library, MissingFilesAndFoldersAreNamed) {
    EXPECT_THAT(message_of(library_, {"no/such.obj"}), HasSubstr("'no/such.obj' does not exist"));
    EXPECT_THAT(message_of(library_, {"no/such.safetensors"}), HasSubstr("'no/such.safetensors' does not exist"));
    EXPECT_THAT(message_of(library_, {folder_.path().string()}), HasSubstr("is a folder"));
    EXPECT_THAT(message_of(library_, {(shipped_ / "README.md").string()}), HasSubstr("README.md"));
}

TEST(NearestName, FindsTheSmallestEditDistance) {
    EXPECT_EQ(nearest_name("chiar", {"table", "chair", "car"}), "chair");
    EXPECT_EQ(nearest_name("tabel", {"table", "label"}), "label");
    EXPECT_EQ(nearest_name("sofa", {"bench", "lamp"}), "");
    EXPECT_EQ(nearest_name("", {"a"}), "");
    EXPECT_EQ(nearest_name("chair", {}), "");
    EXPECT_EQ(nearest_name("abcd", {"abxy"}), "abxy");
    EXPECT_EQ(nearest_name("abcd", {"axyz"}), "");
}

class Environment : public testing::Test {
protected:
    void SetUp() override {
        for (const char* name : {"MAQUETTE_ASSETS", "XDG_DATA_HOME", "HOME"}) {
            const char* value = std::getenv(name);
            if (value != nullptr) {
                saved_[name] = value;
            }
        }
    }
    void TearDown() override {
        for (const char* name : {"MAQUETTE_ASSETS", "XDG_DATA_HOME", "HOME"}) {
            saved_.contains(name) ? setenv(name, saved_[name].c_str(), 1) : unsetenv(name);
        }
    }
    std::map<std::string, std::string> saved_;
};

TEST_F(Environment, AssetsComeFromTheVariableOrTheSourceTree) {
    const TemporaryFolder folder;
    setenv("MAQUETTE_ASSETS", folder.path().c_str(), 1);
    EXPECT_EQ(assets_folder(), folder.path());
    setenv("MAQUETTE_ASSETS", (folder.path() / "missing").c_str(), 1);
    EXPECT_THROW(assets_folder(), InputError);
    unsetenv("MAQUETTE_ASSETS");
    EXPECT_TRUE(fs::is_directory(assets_folder()));
}

TEST_F(Environment, UserPriorsFollowTheBaseDirectorySpecification) {
    setenv("HOME", "/home/someone", 1);
    setenv("XDG_DATA_HOME", "/data", 1);
    EXPECT_EQ(user_priors_folder(), "/data/maquette/priors");
    setenv("XDG_DATA_HOME", "relative", 1);
    EXPECT_EQ(user_priors_folder(), "/home/someone/.local/share/maquette/priors");
    unsetenv("XDG_DATA_HOME");
    EXPECT_EQ(user_priors_folder(), "/home/someone/.local/share/maquette/priors");
    unsetenv("HOME");
    EXPECT_TRUE(user_priors_folder().is_absolute());
}

}  // namespace
}  // namespace maquette::priors
