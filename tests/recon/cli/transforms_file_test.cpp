#include "recon/cli/transforms_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <numbers>
#include <string>

#include "render/error.h"

namespace maquette::recon::cli {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

constexpr const char* upright = "[[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 4], [0, 0, 0, 1]]";

std::string frame(const std::string& more = "", const std::string& matrix = upright) {
    return R"({"file_path": "./train/r_0", "transform_matrix": )" + matrix + more + "}";
}
std::vector<PosedPhoto> read(const std::string& text) {
    return read_transforms(json::parse(text), "t.json");
}
std::string refusal(const std::string& text) {
    try {
        (void)read(text);
    } catch (const InputError& error) {
        return error.what();
    }
    return "accepted";
}

TEST(TransformsFile, ReadsBlendersScenes) {
    const auto photos = read(R"({"camera_angle_x": 0.7, "frames": [)" + frame(R"(, "rotation": 0.1)") + "]}");
    ASSERT_EQ(photos.size(), 1U);
    EXPECT_EQ(photos[0].name, "./train/r_0");
    EXPECT_DOUBLE_EQ(photos[0].field_of_view_x, 0.7);
    // It stands at z = 4 and looks down -Z with Y up.
    const Eigen::Vector3d seen = photos[0].camera.cam_from_object * Eigen::Vector3d(0.5, 1, 0);
    EXPECT_TRUE(seen.isApprox(Eigen::Vector3d(0.5, -1, 4), 1e-9)) << seen.transpose();
}

TEST(TransformsFile, ReadsPixelsWhichFramesOverride) {
    const auto photos = read(R"({"fl_x": 500, "fl_y": 510, "cx": 310, "cy": 250, "w": 640, "h": 480, "k1": 0.01,
        "camera_model": "OPENCV", "aabb_scale": 16, "frames": [)" +
                             frame() + ", " + frame(R"(, "fl_x": 700, "k1": 0, "p2": 0.1, "w": 800)") + "]}");
    ASSERT_EQ(photos.size(), 2U);
    EXPECT_DOUBLE_EQ(photos[0].camera.fy, 510);
    EXPECT_DOUBLE_EQ(photos[0].camera.cx, 310);
    EXPECT_DOUBLE_EQ(photos[0].lens.k1, 0.01);
    EXPECT_EQ(photos[1].camera.width, 800);
    EXPECT_DOUBLE_EQ(photos[1].camera.fx, 700);
    EXPECT_DOUBLE_EQ(photos[1].lens.k1, 0);
    EXPECT_DOUBLE_EQ(photos[1].lens.p2, 0.1);
}

TEST(TransformsFile, WhatIsLeftOutFollows) {
    const auto photos = read(R"({"camera_angle_x": )" + std::to_string(std::numbers::pi / 2) +
                             R"(, "w": 640, "h": 480, "frames": [)" + frame() + "]}");
    EXPECT_NEAR(photos[0].camera.fx, 320, 1e-3);
    EXPECT_NEAR(photos[0].camera.fy, 320, 1e-3);
    EXPECT_DOUBLE_EQ(photos[0].camera.cy, 240);
}

TEST(TransformsFile, RefusesWithFrameAndKey) {
    const auto with = [](const std::string& frames) { return R"({"camera_angle_x": 0.7, "frames": )" + frames + "}"; };
    EXPECT_THAT(refusal("{}"), HasSubstr("\"frames\""));
    EXPECT_THAT(refusal(with("[]")), HasSubstr("\"frames\""));
    EXPECT_THAT(refusal(with("{}")), HasSubstr("\"frames\""));
    EXPECT_THAT(refusal(with("[3]")), HasSubstr("frame 0: not an object"));
    EXPECT_THAT(refusal(with("[{}]")), HasSubstr("\"file_path\""));
    EXPECT_THAT(refusal(with(R"([{"file_path": 3}])")), HasSubstr("\"file_path\""));
    EXPECT_THAT(refusal(with(R"([{"file_path": "a"}])")), HasSubstr("frame 0 (a): \"transform_matrix\" is missing"));
    EXPECT_THAT(refusal(with("[" + frame("", "[[1, 0]]") + "]")), HasSubstr("4 rows of 4"));
    EXPECT_THAT(refusal(with("[" + frame("", "3") + "]")), HasSubstr("4 rows of 4"));
    EXPECT_THAT(refusal(with("[" + frame("", "[[1,0,0,0],[0,1,0,0],[0,0,1,0],[0,0,1,1]]") + "]")),
                HasSubstr("the last 0 0 0 1"));
    EXPECT_THAT(refusal(with("[" + frame("", "[[1,0,0,0],[0,1,0,0],[0,0,-1,0],[0,0,0,1]]") + "]")),
                HasSubstr("not a rotation"));
    EXPECT_THAT(refusal(with("[" + frame(R"(, "fl_x": "5")") + "]")), HasSubstr("\"fl_x\" is not"));
    EXPECT_THAT(refusal(with("[" + frame(R"(, "fl_x": -5)") + "]")), HasSubstr("\"fl_x\" is -5"));
    EXPECT_THAT(refusal(with("[" + frame(R"(, "fl_x": 5)") + "]")), HasSubstr("\"cx\" is missing"));
    EXPECT_THAT(refusal(with("[" + frame(R"(, "camera_model": "OPENCV_FISHEYE")") + "]")),
                HasSubstr("OPENCV_FISHEYE is not read"));
    EXPECT_THAT(refusal(with("[" + frame(R"(, "is_fisheye": true)") + "]")), HasSubstr("\"is_fisheye\""));
    EXPECT_THAT(refusal(with("[" + frame(R"(, "k4": 0.1)") + "]")), HasSubstr("\"k4\""));
    EXPECT_THAT(refusal(R"({"frames": [)" + frame() + "]}"), HasSubstr("neither \"fl_x\" nor \"camera_angle_x\""));
    EXPECT_THAT(refusal(R"({"camera_angle_x": 0, "frames": [)" + frame() + "]}"), HasSubstr("\"camera_angle_x\" is 0"));
}

}  // namespace
}  // namespace maquette::recon::cli
