#include "recon/cli/camera_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "render/error.h"
#include "render/io/image_io.h"

namespace maquette::recon::cli {
namespace {

using ::testing::HasSubstr;

class CameraFile : public ::testing::Test {
protected:
    CameraFile() { std::filesystem::create_directories(folder_); }
    ~CameraFile() override { std::filesystem::remove_all(folder_); }

    std::vector<GivenCamera> read(const std::string& text, std::size_t photos = 1) {
        std::ofstream(path_) << text;
        return read_camera_file(path_, std::vector<std::string>(photos, "photo.png"));
    }
    GivenCameras read_for(const std::string& text, const std::vector<std::string>& photos) {
        std::ofstream(path_) << text;
        return read_cameras(path_, photos);
    }
    void write(const std::string& name, const std::string& text) { std::ofstream(folder_ / name) << text; }
    void write_colmap_model() {
        write("cameras.txt", "1 PINHOLE 640 480 500 510 320 240\n");
        write("images.txt", "1 1 0 0 0 0 0 2 1 a.jpg\n\n2 1 0 0 0 0 0 -2 1 b.jpg\n\n");
    }
    std::string refusal(const std::string& text) {
        try {
            (void)read(text);
        } catch (const InputError& error) {
            return error.what();
        }
        return "accepted";
    }

    std::string refusal_for(const std::string& text, const std::vector<std::string>& photos) {
        try {
            (void)read_for(text, photos);
        } catch (const InputError& error) {
            return error.what();
        }
        return "accepted";
    }

    std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() / ("maquette_cameras_" + std::to_string(::getpid()));
    std::filesystem::path path_ = folder_ / "cameras.json";
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

constexpr const char* transforms = R"({"fl_x": 500, "w": 640, "h": 480, "frames": [
    {"file_path": "./a", "transform_matrix": [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 4], [0, 0, 0, 1]]},
    {"file_path": "./b", "transform_matrix": [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 5], [0, 0, 0, 1]]}]})";

TEST_F(CameraFile, ReadsAModelByItsFolderOrOneOfItsFiles) {
    write_colmap_model();
    for (const auto& path : {folder_, folder_ / "images.txt", folder_ / "cameras.txt"}) {
        const GivenCameras given = read_cameras(path, {"x/b.jpg", "a.png"});
        ASSERT_EQ(given.photos.size(), 2U);
        EXPECT_DOUBLE_EQ(given.photos[0].calibrated->cam_from_object.translation().z(), -2);
        EXPECT_DOUBLE_EQ(given.photos[1].calibrated->fy, 510);
        ASSERT_TRUE(given.world);
        EXPECT_FALSE(given.world->up || given.world->front);
        EXPECT_EQ(files_of_cameras(path).size(), 2U);
    }
}

TEST_F(CameraFile, ReadsTransformsWhoseUpIsZ) {
    const GivenCameras given = read_for(transforms, {"b.png", "a.png"});
    EXPECT_DOUBLE_EQ(given.photos[0].calibrated->cam_from_object.translation().z(), 5);
    ASSERT_TRUE(given.world && given.world->up);
    EXPECT_EQ(*given.world->up, Eigen::Vector3d::UnitZ());
    EXPECT_EQ(files_of_cameras(path_).size(), 1U);
    write("transforms.json", transforms);
    EXPECT_EQ(read_cameras(folder_, {"a.png"}).photos.size(), 1U);
}

TEST_F(CameraFile, AFieldOfViewNeedsThePhotosSize) {
    render::write_image(folder_ / "a.png", render::Image(64, 48, 3, 255));
    const GivenCameras given = read_for(R"({"camera_angle_x": 1.5707963267948966, "frames": [{"file_path": "./a",
        "transform_matrix": [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 4], [0, 0, 0, 1]]}]})",
                                        {(folder_ / "a.png").string()});
    EXPECT_NEAR(given.photos[0].calibrated->fx, 32, 1e-9);
    EXPECT_NEAR(given.photos[0].calibrated->cy, 24, 1e-9);
}

TEST_F(CameraFile, AFileSaysWhereTheObjectIsInAModelsWorld) {
    write("t.json", transforms);
    const GivenCameras in_object = read_for(R"({"model": "t.json", "frame": "object"})", {"a.png"});
    EXPECT_FALSE(in_object.world);
    EXPECT_DOUBLE_EQ(read_camera_file(path_, {"a.png"})[0].calibrated->cam_from_object.translation().z(), 4);
    EXPECT_THAT(files_of_cameras(path_), ::testing::ElementsAre(path_, folder_ / "t.json"));
    const GivenCameras turned = read_for(R"({"model": "t.json", "up": [0, 2, 0], "front": [1, 0, 0]})", {"a.png"});
    ASSERT_TRUE(turned.world);
    EXPECT_EQ(*turned.world->up, Eigen::Vector3d::UnitY());
    EXPECT_EQ(*turned.world->front, Eigen::Vector3d::UnitX());
    write_colmap_model();
    EXPECT_FALSE(read_for(R"({"model": ".", "frame": "object"})", {"a.jpg"}).world);
}

TEST_F(CameraFile, RefusesModelsThatSayTooLittleOrTooMuch) {
    write("t.json", transforms);
    EXPECT_THAT(refusal_for(transforms, {"c.png"}), HasSubstr("no camera for c.png"));
    EXPECT_THAT(refusal(transforms), HasSubstr("no camera for photo.png"));
    EXPECT_THAT(refusal_for(R"({"model": 3})", {"a.png"}), HasSubstr("\"model\""));
    EXPECT_THAT(refusal_for(R"({"model": "none.json"})", {"a.png"}), HasSubstr("none.json"));
    EXPECT_THAT(refusal_for(R"({"model": "cameras.json"})", {"a.png"}), HasSubstr("neither a COLMAP model"));
    EXPECT_THAT(refusal_for(R"({"model": "t.json", "frame": 3})", {"a.png"}), HasSubstr("\"frame\" is 3"));
    EXPECT_THAT(refusal_for(R"({"model": "t.json", "scale": 3})", {"a.png"}), HasSubstr("\"scale\" is unknown"));
    EXPECT_THAT(refusal_for(R"({"model": "t.json", "up": [0, 0, 0]})", {"a.png"}), HasSubstr("\"up\" must be"));
    EXPECT_THAT(refusal_for(R"({"model": "t.json", "up": [0, "1", 0]})", {"a.png"}), HasSubstr("\"up\" must be"));
    EXPECT_THAT(refusal_for(R"({"model": "t.json", "front": [0, 0, 1]})", {"a.png"}), HasSubstr("\"front\" points"));
    EXPECT_THAT(refusal_for(R"({"model": "t.json", "frame": "object", "up": [0, 1, 0]})", {"a.png"}),
                HasSubstr("leave \"up\" out"));
    write_colmap_model();
    EXPECT_THAT(refusal_for(R"({"model": ".", "frame": "object"})", {"b.jpg"}), HasSubstr("not in front"));
    // Without a placement, cameras of a world are of no use.
    std::ofstream(path_) << transforms;
    EXPECT_THROW((void)read_camera_file(path_, {"a.png"}), InputError);
}

TEST_F(CameraFile, FoldersWithoutAModelAreRefused) {
    const auto refusal_of_folder = [&] {
        try {
            (void)read_cameras(folder_, {"a.png"});
        } catch (const InputError& error) {
            return std::string(error.what());
        }
        return std::string("accepted");
    };
    EXPECT_THAT(refusal_of_folder(), HasSubstr("neither cameras.txt"));
    write("cameras.bin", "x");
    EXPECT_THAT(refusal_of_folder(), HasSubstr("model_converter"));
}

}  // namespace
}  // namespace maquette::recon::cli
