#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "priors/child_process.h"
#include "priors/shape_catalogue.h"
#include "render/error.h"
#include "render/io/atomic_file.h"

namespace maquette::priors {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(ChildProcess, GivesStatusAndBothStreamsWithoutAShell) {
    const auto both = run_child({"sh", "-c", "echo out; echo err >&2; exit 3"}, "/");
    EXPECT_EQ(both.status, 3);
    EXPECT_EQ(both.output, "out\nerr\n");
    EXPECT_EQ(run_child({"echo", "$HOME; a  b"}, "/").output, "$HOME; a  b\n");
    EXPECT_EQ(run_child({"pwd"}, "/usr").output, "/usr\n");
    EXPECT_EQ(run_child({"cat"}, "/").output, "");
    EXPECT_EQ(run_child({"sh", "-c", "kill -9 $$"}, "/").status, 128 + 9);
    EXPECT_THAT([] { run_child({"no-such-program-anywhere"}, "/"); },
                ThrowsMessage<Error>(HasSubstr("no-such-program-anywhere cannot be started")));
}

class FetchTest : public testing::Test {
protected:
    void SetUp() override {
        try {
            run_child({"dpkg-deb", "--version"}, "/");
        } catch (const Error&) {
            GTEST_SKIP() << "dpkg-deb is not on this machine";
        }
        root_ = fs::temp_directory_path() / ("shape_packages_" + std::to_string(getpid()));
        fs::create_directories(root_ / "archives");
    }
    void TearDown() override { fs::remove_all(root_); }

    void put_package(const std::string& name, const std::string& content) {
        const fs::path tree = root_ / "tree";
        fs::create_directories(tree / "DEBIAN");
        fs::create_directories(tree / "usr/share");
        std::ofstream(tree / "DEBIAN/control") << "Package: " << name
                                               << "\nVersion: 1\nArchitecture: all\nMaintainer: nobody <a@b.c>\n"
                                                  "Description: test\n";
        std::ofstream(tree / "usr/share/content") << content;
        const auto result = run_child({"dpkg-deb", "--build", "tree", "archives/" + name + "_1_all.deb"}, root_);
        ASSERT_EQ(result.status, 0) << result.output;
        fs::remove_all(tree);
    }
    std::string content(const std::string& name) { return render::read_file(root_ / name / "usr/share/content"); }

    fs::path root_;
};

TEST_F(FetchTest, UnpacksGivenArchivesOnceAndReplacesWhatWasLeftHalfDone) {
    put_package("sweethome3d", "first");
    put_package("sweethome3d-furniture", "furniture");
    fs::create_directories(root_ / "sweethome3d/usr/share");
    std::ofstream(root_ / "sweethome3d/usr/share/content") << "half";
    std::ofstream(root_ / "sweethome3d/usr/share/stale") << "stale";
    fs::create_directories(root_ / "sweethome3d-furniture.unpacking/usr");

    fetch_shape_packages(root_, false);
    EXPECT_EQ(content("sweethome3d"), "first");
    EXPECT_EQ(content("sweethome3d-furniture"), "furniture");
    EXPECT_FALSE(fs::exists(root_ / "sweethome3d/usr/share/stale"));
    EXPECT_FALSE(fs::exists(root_ / "sweethome3d-furniture.unpacking"));
    EXPECT_FALSE(fs::exists(root_ / "torcs-data"));

    put_package("sweethome3d", "second");
    fetch_shape_packages(root_, false);
    EXPECT_EQ(content("sweethome3d"), "first") << "a complete package must not be unpacked again";
}

TEST_F(FetchTest, ADamagedArchiveIsNamedAndLeavesNoStamp) {
    put_package("sweethome3d-furniture", "furniture");
    std::ofstream(root_ / "archives/sweethome3d_1_all.deb") << "not a package";
    EXPECT_THAT([&] { fetch_shape_packages(root_, false); },
                ThrowsMessage<Error>(HasSubstr("sweethome3d_1_all.deb cannot be unpacked")));
    EXPECT_EQ(content("sweethome3d-furniture"), "furniture");
    EXPECT_FALSE(fs::exists(root_ / "sweethome3d"));
    put_package("sweethome3d", "mended");
    fetch_shape_packages(root_, false);
    EXPECT_EQ(content("sweethome3d"), "mended");
}

TEST(ShapePackages, AreListedWithLicences) {
    ASSERT_EQ(shape_packages().size(), 4U);
    for (const auto& package : shape_packages()) {
        EXPECT_FALSE(package.licence.empty()) << package.name;
    }
    EXPECT_FALSE(shape_packages()[0].optional);
    EXPECT_TRUE(shape_packages()[3].optional);
}

}  // namespace
}  // namespace maquette::priors
