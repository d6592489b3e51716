#include "recon/cli/colmap_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <Eigen/Geometry>
#include <cmath>
#include <fstream>

#include "render/error.h"

namespace maquette::recon::cli {
namespace {

using ::testing::HasSubstr;

constexpr const char* two_cameras =
    "# comment\n1 PINHOLE 640 480 500 510 320 240\r\n7 SIMPLE_RADIAL 800 600 700 400 300 -0.05\n";

class ColmapModel : public ::testing::Test {
protected:
    ColmapModel() { std::filesystem::create_directories(folder_); }
    ~ColmapModel() override { std::filesystem::remove_all(folder_); }

    std::vector<PosedPhoto> read(const std::string& cameras, const std::string& images) {
        std::ofstream(folder_ / "cameras.txt") << cameras;
        std::ofstream(folder_ / "images.txt") << images;
        return read_colmap_model(folder_);
    }
    std::string refusal(const std::string& cameras, const std::string& images) {
        try {
            (void)read(cameras, images);
        } catch (const InputError& error) {
            return error.what();
        }
        return "accepted";
    }

    std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() / ("maquette_colmap_" + std::to_string(::getpid()));
};

TEST_F(ColmapModel, ReadsPosesIntrinsicsAndNames) {
    const double half = std::sqrt(0.5);
    const auto photos =
        read(two_cameras, "# IMAGE_ID, QW, ...\n1 " + std::to_string(half) + " 0 " + std::to_string(half) +
                              " 0 0.1 -0.2 3 1 a photo.jpg\n10.5 20 -1 30 40 7\n"
                              "2 1 0 0 0 0 0 2 7 folder/b.jpg\n\n");
    ASSERT_EQ(photos.size(), 2U);
    EXPECT_EQ(photos[0].name, "a photo.jpg");
    EXPECT_EQ(photos[0].camera.width, 640);
    EXPECT_DOUBLE_EQ(photos[0].camera.fy, 510);
    EXPECT_TRUE(photos[0].lens.none());
    // A quarter turn about Y takes X to -Z.
    EXPECT_TRUE(
        (photos[0].camera.cam_from_object * Eigen::Vector3d(1, 0, 0)).isApprox(Eigen::Vector3d(0.1, -0.2, 2), 1e-5));
    EXPECT_EQ(photos[1].name, "folder/b.jpg");
    EXPECT_DOUBLE_EQ(photos[1].camera.fx, 700);
    EXPECT_DOUBLE_EQ(photos[1].camera.fy, 700);
    EXPECT_DOUBLE_EQ(photos[1].lens.k1, -0.05);
}

TEST_F(ColmapModel, LinesOfPointsMayBeLeftOut) {
    EXPECT_EQ(read(two_cameras, "1 1 0 0 0 0 0 2 1 a.jpg\n2 1 0 0 0 0 0 2 1 b.jpg").size(), 2U);
}

TEST_F(ColmapModel, ReadsEveryModelThatIsAPinholeWithAnOrdinaryLens) {
    const std::string image = "1 1 0 0 0 0 0 2 1 a.jpg\n";
    EXPECT_DOUBLE_EQ(read("1 SIMPLE_PINHOLE 64 48 50 32 24\n", image)[0].camera.cy, 24);
    EXPECT_DOUBLE_EQ(read("1 RADIAL 64 48 50 32 24 0.1 0.2\n", image)[0].lens.k2, 0.2);
    const auto opencv = read("1 OPENCV 64 48 50 51 32 24 0.1 0.2 0.3 0.4\n", image)[0];
    EXPECT_DOUBLE_EQ(opencv.camera.fy, 51);
    EXPECT_DOUBLE_EQ(opencv.lens.p1, 0.3);
    EXPECT_DOUBLE_EQ(opencv.lens.p2, 0.4);
}

TEST_F(ColmapModel, RefusesWithFileLineAndKey) {
    const std::string image = "1 1 0 0 0 0 0 2 1 a.jpg\n\n";
    EXPECT_THAT(refusal("", image), HasSubstr("no camera"));
    EXPECT_THAT(refusal(two_cameras, "# nothing\n"), HasSubstr("no image"));
    EXPECT_THAT(refusal("1 PINHOLE\n", image), HasSubstr("cameras.txt: line 1: 2 fields"));
    EXPECT_THAT(refusal("\n1 OPENCV_FISHEYE 64 48 5 5 3 2 0 0 0 0\n", image),
                ::testing::AllOf(HasSubstr("line 2"), HasSubstr("OPENCV_FISHEYE"), HasSubstr("image_undistorter")));
    EXPECT_THAT(refusal("1 PINHOLE 64 48 50 50 32\n", image), HasSubstr("3 parameters; PINHOLE has 4"));
    EXPECT_THAT(refusal("1 PINHOLE 64 48 nan 50 32 24\n", image), HasSubstr("fx is 'nan'"));
    EXPECT_THAT(refusal("1 PINHOLE 64 48 0 50 32 24\n", image), HasSubstr("fx is 0"));
    EXPECT_THAT(refusal("1 PINHOLE 64 99999999999999999999 5 50 32 24\n", image), HasSubstr("HEIGHT is 1e+20"));
    EXPECT_THAT(refusal("1 PINHOLE 64 48 5x 50 32 24\n", image), HasSubstr("fx is '5x'"));
    EXPECT_THAT(refusal(std::string(two_cameras) + "1 PINHOLE 640 480 500 510 320 240\n", image), HasSubstr("twice"));
    EXPECT_THAT(refusal(two_cameras, "1 1 0 0 0 0 0 2 1\n"), HasSubstr("images.txt: line 1: 9 fields"));
    EXPECT_THAT(refusal(two_cameras, "1 1 0 0 0 0 0 2 3 a.jpg\n"), HasSubstr("CAMERA_ID 3"));
    EXPECT_THAT(refusal(two_cameras, "1 0.9 0 0 0 0 0 2 1 a.jpg\n"), HasSubstr("length is 0.9"));
    EXPECT_THAT(refusal(two_cameras, "1 0 0 0 0 0 0 2 1 a.jpg\n"), HasSubstr("no rotation"));
    EXPECT_THAT(refusal(two_cameras, "1 1 0 0 0 0 inf 2 1 a.jpg\n"), HasSubstr("TY is 'inf'"));
    EXPECT_THAT(refusal(two_cameras, std::string("\0\0\xff binary", 10)), HasSubstr("images.txt: line 1"));
}

}  // namespace
}  // namespace maquette::recon::cli
