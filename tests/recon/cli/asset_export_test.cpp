#include <gmock/gmock.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "recon/cli/asset_figures.h"
#include "recon/cli/foreign_mesh.h"
#include "recon/cli/photo.h"
#include "recon/refine/crop_camera.h"
#include "render/error.h"
#include "render/io/image_io.h"
#include "render/io/mesh_io.h"
#include "render/renderer.h"
#include "tests/recon/cli/command_fixture.h"

namespace maquette::recon::testing {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class AssetExport : public CommandTest {
protected:
    void SetUp() override {
        std::ofstream(path("cameras.json")) << R"({"cameras": [{"azimuth": 30, "elevation": 20}]})";
    }
    [[nodiscard]] std::vector<std::string> command(const std::vector<std::string>& more) const {
        std::vector<std::string> all = {
            "reconstruct", photo().string(),     "--prior", "column", "--cameras", "cameras.json", "--resolution",
            "64",          "--silhouette-steps", "0"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    [[nodiscard]] json report(const std::string& name) const { return json::parse(read(name)); }
};

TEST_F(AssetExport, AnotherReaderSeesThePhotosColoursInTheGlb) {
    ASSERT_EQ(run(command({"-o", "a.glb"})).exit_code, 0);
    const render::TriangleMesh theirs = cli::read_by_assimp(path("a.glb"));
    ASSERT_FALSE(theirs.materials.empty()) << "no mesh with one texture";
    const render::TriangleMesh ours = render::read_mesh(path("a.glb"));
    const json camera = report("a.json")["cameras"][0];
    const CropCamera crop{.azimuth = camera["azimuth"],
                          .elevation = camera["elevation"],
                          .roll = camera["roll"],
                          .distance = camera["distance"],
                          .scale = camera["scale"],
                          .centre_x = camera["centre"][0],
                          .centre_y = camera["centre"][1]};
    const auto posed = camera_of(crop, view_size);
    const auto seen_by_them = cli::unlit_picture(theirs, posed);
    const auto seen_by_us = cli::unlit_picture(ours, posed);
    EXPECT_GT(cli::picture_psnr(seen_by_them.rgb, seen_by_us.rgb, [](int, int) { return true; }).value_or(0), 28);
    const View photo_view = cli::read_view(photo());
    const auto inside = [&](int x, int y) {
        return photo_view.mask.at(x, y) > 0.99F && seen_by_them.mask.at(x, y) > 0.99F;
    };
    EXPECT_GT(cli::picture_psnr(seen_by_them.rgb, photo_view.rgb, inside).value_or(0), 22);
}

TEST_F(AssetExport, ObjComesWithMaterialAndTextureAndPlyWithVertexColours) {
    ASSERT_EQ(run(command({"-o", "a.obj", "--texture", "256"})).exit_code, 0);
    EXPECT_THAT(read("a.mtl"), HasSubstr("map_Kd a_0.png"));
    EXPECT_EQ(render::read_image(path("a_0.png")).width, 256);
    EXPECT_TRUE(render::read_mesh(path("a.obj")).vertex_colours.empty());
    ASSERT_EQ(run(command({"-o", "b.ply"})).exit_code, 0);
    EXPECT_FALSE(render::read_mesh(path("b.ply")).vertex_colours.empty());
    ASSERT_EQ(run(command({"-o", "c.glb", "--texture", "0"})).exit_code, 0);
    EXPECT_FALSE(render::read_mesh(path("c.glb")).vertex_colours.empty());
    const RunResult tiny = run(command({"-o", "d.glb", "--texture", "8"}));
    EXPECT_EQ(tiny.exit_code, 2) << tiny.errors;
}

TEST_F(AssetExport, SizesAndAxesAreThoseAskedFor) {
    ASSERT_EQ(run(command({"-o", "plain.stl"})).exit_code, 0);
    ASSERT_EQ(run(command({"-o", "mm.stl", "--size-cm", "80", "--up", "z"})).exit_code, 0);
    ASSERT_EQ(run(command({"-o", "metres.glb", "--size-cm", "80", "--up", "z"})).exit_code, 0);
    const Eigen::Vector3f plain = render::read_mesh(path("plain.stl")).bounding_box().sizes();
    const Eigen::Vector3f mm = render::read_mesh(path("mm.stl")).bounding_box().sizes();
    const Eigen::Vector3f metres = render::read_mesh(path("metres.glb")).bounding_box().sizes();
    EXPECT_NEAR(mm.maxCoeff(), 800, 0.1);
    EXPECT_NEAR(metres.maxCoeff(), 0.8, 1e-4);
    const float scale = 800 / plain.maxCoeff();
    EXPECT_NEAR(mm.x(), scale * plain.x(), 0.1);
    EXPECT_NEAR(mm.z(), scale * plain.y(), 0.1) << "z is up";
    EXPECT_NEAR(metres.y(), 0.001 * scale * plain.y(), 1e-4) << "glTF has y up whatever is asked";
    EXPECT_NEAR(report("mm.json")["outputs"]["units_of_an_object_unit"].get<double>(), scale, 0.01);
}

TEST_F(AssetExport, FewerTrianglesStayASolid) {
    ASSERT_EQ(run(command({"-o", "a.stl", "--triangles", "1500"})).exit_code, 0);
    const json figures = report("a.json")["figures"];
    EXPECT_LE(figures["triangles"].get<int>(), 1500);
    EXPECT_GT(figures["triangles"].get<int>(), 1000);
    EXPECT_TRUE(figures["closed"].get<bool>());
    EXPECT_EQ(figures["self_intersecting_triangles"], 0);
    EXPECT_GT(figures["volume"].get<double>(), 0);
}

TEST_F(AssetExport, MaskAndBoxSayWhereTheObjectIs) {
    const render::Image icon = render::read_image(photo());
    render::Image flat(icon.width, icon.height, 3, 255);
    render::Image mask(icon.width, icon.height, 1, 0);
    for (int y = 0; y < icon.height; ++y) {
        for (int x = 0; x < icon.width; ++x) {
            for (int c = 0; c < 3; ++c) flat.at(x, y, c) = icon.at(x, y, c);
            mask.at(x, y) = icon.at(x, y, 3);
        }
    }
    render::write_image(path("flat.png"), flat);
    render::write_image(path("mask.png"), mask);
    const std::vector<std::string> base = {"reconstruct", "flat.png", "--prior", "column", "--resolution", "48"};
    const auto with = [&](const std::vector<std::string>& more) {
        auto all = base;
        all.insert(all.end(), more.begin(), more.end());
        return run(all);
    };
    ASSERT_EQ(with({"--mask", "mask.png", "-o", "a.ply"}).exit_code, 0);
    EXPECT_THAT(report("a.json")["cutouts"].get<std::vector<std::string>>(), ElementsAre("given mask"));
    const std::string whole = "0,0," + std::to_string(icon.width) + "," + std::to_string(icon.height);
    const RunResult boxed = with({"--box", whole, "-o", "b.ply"});
    ASSERT_EQ(boxed.exit_code, 0) << boxed.errors;
    EXPECT_THAT(report("b.json")["cutouts"].get<std::vector<std::string>>(), ElementsAre("box"));

    EXPECT_EQ(with({"--box", "1,2,3"}).exit_code, 2);
    EXPECT_EQ(with({"--box", "1,2,3,x"}).exit_code, 2);
    EXPECT_EQ(with({"--box", whole, "--box", whole}).exit_code, 2);
    const RunResult beyond = with({"--box", "0,0,9999,10"});
    EXPECT_EQ(beyond.exit_code, 3);
    EXPECT_THAT(beyond.errors, HasSubstr("not within the picture"));
    render::write_image(path("small.png"), render::Image(4, 4, 1, 255));
    EXPECT_THAT(with({"--mask", "small.png"}).errors, HasSubstr("mask is 4x4"));
    EXPECT_EQ(with({"--mask", "missing.png"}).exit_code, 3);
}

}  // namespace
}  // namespace maquette::recon::testing
