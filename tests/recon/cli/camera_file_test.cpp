#include "recon/cli/camera_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "render/error.h"

namespace maquette::recon::cli {
namespace {

using ::testing::HasSubstr;

class CameraFile : public ::testing::Test {
protected:
    ~CameraFile() override { std::filesystem::remove(path_); }

    std::vector<GivenCamera> read(const std::string& text, std::size_t photos = 1) {
        std::ofstream(path_) << text;
        return read_camera_file(path_, photos);
    }
    std::string refusal(const std::string& text) {
        try {
            (void)read(text);
        } catch (const InputError& error) {
            return error.what();
        }
        return "accepted";
    }

    std::filesystem::path path_ =
        std::filesystem::temp_directory_path() / ("maquette_cameras_" + std::to_string(::getpid()) + ".json");
};

TEST_F(CameraFile, ReadsDirectionsCalibrationsAndNothing) {
    const auto given = read(R"({"cameras": [null, {"azimuth": 200, "elevation": 20},
        {"fx": 800, "fy": 810, "cx": 320, "cy": 240,
         "cam_from_object": [[1, 0, 0, 0.1], [0, -1, 0, 0.2], [0, 0, -1, 2.5]]}]})",
                            3);
    ASSERT_EQ(given.size(), 3U);
    EXPECT_FALSE(given[0].calibrated || given[0].direction);
    ASSERT_TRUE(given[1].direction);
    EXPECT_DOUBLE_EQ(given[1].direction->azimuth, -160);
    EXPECT_DOUBLE_EQ(given[1].direction->elevation, 20);
    EXPECT_DOUBLE_EQ(given[1].direction->roll, 0);
    ASSERT_TRUE(given[2].calibrated);
    EXPECT_DOUBLE_EQ(given[2].calibrated->fy, 810);
    EXPECT_DOUBLE_EQ(given[2].calibrated->cam_from_object.translation().z(), 2.5);
}

TEST_F(CameraFile, RefusesWithTheEntryAndTheKey) {
    EXPECT_THAT(refusal("[]"), HasSubstr("not a camera file"));
    EXPECT_THAT(refusal("{\"cameras\": ["), HasSubstr("not a camera file"));
    EXPECT_THAT(refusal(R"({"cameras": []})"), HasSubstr("0 cameras for 1 photos"));
    EXPECT_THAT(refusal(R"({"cameras": [3]})"), HasSubstr("camera 0: neither"));
    EXPECT_THAT(refusal(R"({"cameras": [{"azimuth": 3}]})"), HasSubstr("\"elevation\" is missing"));
    EXPECT_THAT(refusal(R"({"cameras": [{"azimuth": 3, "elevation": 95}]})"), HasSubstr("\"elevation\" is 95"));
    EXPECT_THAT(refusal(R"({"cameras": [{"azimuth": "3", "elevation": 5}]})"), HasSubstr("not a number"));
    EXPECT_THAT(refusal(R"({"cameras": [{"azimuth": 3, "elevation": 5, "tilt": 5}]})"), HasSubstr("\"tilt\""));
    const std::string start = R"({"cameras": [{"fx": 800, "fy": 800, "cx": 1, "cy": 1, "cam_from_object": )";
    EXPECT_THAT(refusal(start + "[[1, 0, 0, 0]]}]}"), HasSubstr("3 rows of 4"));
    EXPECT_THAT(refusal(start + "[[2, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 2]]}]}"), HasSubstr("not a rotation"));
    EXPECT_THAT(refusal(start + "[[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, -2]]}]}"), HasSubstr("not in front"));
}

}  // namespace
}  // namespace maquette::recon::cli
