#include "recon/cli/world_cameras.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "recon/refine/stretched_framing.h"
#include "render/error.h"
#include "render/io/image_io.h"
#include "render/renderer.h"
#include "tests/recon/cli/command_fixture.h"
#include "tests/recon/refine/world_scene.h"

namespace maquette::recon::testing {
namespace {

using cli::FoundPlacement;
using cli::place_in_object_frame;
using nlohmann::json;
using ::testing::HasSubstr;

const CameraEstimator& no_estimator() {
    throw Error("the estimator is not needed here");
}

/// Takes no step.
class IdleNetwork : public RefinementNetwork {
public:
    [[nodiscard]] std::string architecture() const override { return "idle"; }
    [[nodiscard]] bool needs_cameras() const override { return true; }
    [[nodiscard]] long long parameter_count() const override { return 0; }
    [[nodiscard]] float threshold() const override { return 0.5F; }
    [[nodiscard]] int default_iterations() const override { return 1; }
    [[nodiscard]] const std::map<std::string, std::string>& metadata() const override { return metadata_; }
    [[nodiscard]] std::unique_ptr<EncodedViews> encode(std::span<const View> /*views*/) const override { return {}; }
    [[nodiscard]] render::VoxelGrid step(const EncodedViews& /*views*/, const priors::CategoryPrior& /*prior*/,
                                         const render::VoxelGrid& current, int /*iteration*/) const override {
        return current;
    }

private:
    std::map<std::string, std::string> metadata_;
};

TEST(WorldCameras, AGivenFrontNeedsNoEstimate) {
    const auto crops = ring(5, 25, 50, 15);
    auto views = world_views(crops, world_chair());
    const Eigen::Matrix3d truth = true_placement().object_from_world;
    const WorldFrame frame{.up = truth.row(1).transpose(), .front = truth.row(2).transpose()};
    priors::CategoryPrior prior;
    prior.mean = world_chair();
    const FoundPlacement found = place_in_object_frame(views, frame, prior, IdleNetwork(), no_estimator);
    EXPECT_EQ(found.turned_by, "given");
    for (std::size_t i = 0; i < views.size(); ++i) {
        const CropCamera camera = crop_camera_of(*views[i].camera);
        EXPECT_NEAR(camera.azimuth, std::remainder(crops[i].azimuth, 360.0), 1e-3);
        EXPECT_NEAR(camera.elevation, crops[i].elevation, 1e-3);
        // A field that is drawn softly reaches about half a cell beyond its solid cells.
        EXPECT_NEAR(camera.scale / crops[i].scale, 1, 0.06);
        EXPECT_NEAR(camera.distance / crops[i].distance, 1, 0.06);
    }
}

TEST(WorldCameras, WithoutAPriorTheFirstPhotoIsTakenFromTheFrontRight) {
    auto views = world_views(ring(5, 25, 50, 15), world_chair());
    const FoundPlacement found =
        place_in_object_frame(views, {}, priors::CategoryPrior::empty(), IdleNetwork(), no_estimator);
    EXPECT_EQ(found.turned_by, "first photo");
    EXPECT_NEAR(crop_camera_of(*views[0].camera).azimuth, 35, 2);
    EXPECT_NEAR(azimuth_between(crop_camera_of(*views[1].camera), crop_camera_of(*views[0].camera)), 50, 2);
}

/// Photos of the fixture's box from a ring, in a world of their own.
class WorldOfPhotos : public CommandTest {
protected:
    static constexpr int count = 3;

    WorldOfPhotos() {
        const render::TriangleMesh box = render::make_box({0.5F, 1, 0.5F});
        for (int i = 0; i < count; ++i) {
            const render::Camera camera =
                render::orbit_camera({.azimuth = 10.0 + 70 * i, .elevation = 15.0 + 5 * i, .distance = 2.6}, 160, 160);
            const render::RenderOptions options{.lighting = render::studio_lighting(camera)};
            const render::Rendering icon = render::Renderer(box).render(camera, options);
            render::write_image(path("r_" + std::to_string(i) + ".png"), render::with_alpha(icon, options.background));
            cameras_.push_back(from_world(camera, placement_));
        }
    }

    [[nodiscard]] json transforms() const {
        json file = {{"camera_angle_x", 2 * std::atan(80 / cameras_[0].fx)}, {"frames", json::array()}};
        for (int i = 0; i < count; ++i) {
            Eigen::Matrix4d matrix = cameras_[static_cast<std::size_t>(i)].cam_from_object.inverse().matrix();
            matrix.middleCols<2>(1) *= -1;
            json rows = json::array();
            for (int row = 0; row < 4; ++row) {
                rows.push_back({matrix(row, 0), matrix(row, 1), matrix(row, 2), matrix(row, 3)});
            }
            file["frames"].push_back({{"file_path", "./r_" + std::to_string(i)}, {"transform_matrix", rows}});
        }
        return file;
    }

    void write_colmap_model() const {
        const render::Camera& camera = cameras_[0];
        std::ofstream(path("cameras.txt")) << "1 PINHOLE 160 160 " << camera.fx << " " << camera.fy << " 80 80\n";
        std::ofstream images(path("images.txt"));
        for (int i = 0; i < count; ++i) {
            const Eigen::Isometry3d& pose = cameras_[static_cast<std::size_t>(i)].cam_from_object;
            const Eigen::Quaterniond turn(pose.linear());
            images << i + 1 << " " << turn.w() << " " << turn.x() << " " << turn.y() << " " << turn.z() << " "
                   << pose.translation().transpose() << " 1 r_" << i << ".png\n\n";
        }
    }

    [[nodiscard]] std::vector<std::string> command(const std::string& cameras, int photos = count) const {
        std::vector<std::string> arguments = {"reconstruct"};
        for (int i = 0; i < photos; ++i) arguments.push_back("r_" + std::to_string(i) + ".png");
        for (const char* argument :
             {"--prior", "column", "--resolution", "48", "-o", "out.ply", "--silhouette-steps", "0", "--cameras"}) {
            arguments.emplace_back(argument);
        }
        arguments.push_back(cameras);
        return arguments;
    }

    void expect_found(const json& report, double tolerance) const {
        const json& world = report["world"];
        EXPECT_NEAR(world["size"].get<double>() / placement_.size, 1, tolerance);
        for (int axis = 0; axis < 3; ++axis) {
            EXPECT_NEAR(world["centre"][static_cast<std::size_t>(axis)].get<double>(), placement_.centre[axis],
                        tolerance * placement_.size);
        }
        for (int i = 0; i < count; ++i) {
            const json& camera = report["cameras"][static_cast<std::size_t>(i)];
            EXPECT_EQ(camera["source"], "given");
            EXPECT_NEAR(camera["elevation"].get<double>(), 15 + 5 * i, 4);
            // The column is the same after a quarter turn.
            EXPECT_NEAR(std::remainder(camera["azimuth"].get<double>() - 10 - 70 * i, 90.0), 0, 5);
            EXPECT_GT(camera["silhouette_iou"].get<double>(), 0.85);
        }
    }

    WorldPlacement placement_ = [] {
        WorldPlacement placement;
        placement.object_from_world =
            Eigen::AngleAxisd(-1.5707963267948966, Eigen::Vector3d::UnitX()).toRotationMatrix();
        placement.centre = Eigen::Vector3d(1, 2, -0.5);
        placement.size = 0.3;
        return placement;
    }();
    std::vector<render::Camera> cameras_;
};

TEST_F(WorldOfPhotos, OfBlendersIsFoundAndReconstructed) {
    write("transforms.json", transforms().dump());
    const RunResult result = run(command("transforms.json"));
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    EXPECT_THAT(result.errors, HasSubstr("units of their world"));
    const json report = json::parse(read("out.json"));
    expect_found(report, 0.04);
    EXPECT_EQ(report["world"]["turned_by"], "estimate");
}

TEST_F(WorldOfPhotos, OfColmapsIsFoundWithItsUp) {
    write_colmap_model();
    const RunResult result = run(command("."));
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    const json report = json::parse(read("out.json"));
    expect_found(report, 0.06);
    const auto& inputs = report["inputs"];
    EXPECT_EQ(std::count_if(inputs.begin(), inputs.end(), [](const json& input) { return input["role"] == "cameras"; }),
              2);
}

TEST_F(WorldOfPhotos, OnePhotoKeepsItsFocalLength) {
    write("transforms.json", transforms().dump());
    const RunResult result = run(command("transforms.json", 1));
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    EXPECT_THAT(result.errors, HasSubstr("its focal length is used"));
    const json report = json::parse(read("out.json"));
    EXPECT_EQ(report["cameras"][0]["source"], "estimated");
    EXPECT_NEAR(report["cameras"][0]["distance"].get<double>(), 2.6, 0.5);
    EXPECT_TRUE(report["world"].is_null());
}

TEST_F(WorldOfPhotos, BadFilesAreInputErrors) {
    json file = transforms();
    file["frames"][2]["transform_matrix"][0][3] = nullptr;
    write("transforms.json", file.dump());
    expect_input_error(command("transforms.json"), {"transforms.json", "frame 2 (./r_2)", "transform_matrix"});
    write_colmap_model();
    write("cameras.txt", "1 FOV 160 160 200 200 80 80 0.1\n");
    expect_input_error(command("images.txt"), {"cameras.txt", "FOV", "image_undistorter"});
    write("cameras.txt", "1 PINHOLE 200 160 200 200 80 80\n");
    expect_input_error(command("images.txt"), {"r_0.png", "160x160", "200x160"});
}

}  // namespace
}  // namespace maquette::recon::testing
