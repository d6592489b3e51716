#include <assimp/postprocess.h>
#include <assimp/scene.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <assimp/Importer.hpp>
#include <chrono>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numbers>
#include <thread>

#include "render/io/atomic_file.h"
#include "render/io/image_io.h"
#include "render/io/mesh_io.h"
#include "render/kernels/cuda_device.h"
#include "tests/recon/cli/command_fixture.h"
#include "tests/render/io/exif_block.h"

namespace maquette::recon::testing {
namespace {

using nlohmann::json;

class Reconstruct : public CommandTest {
protected:
    [[nodiscard]] json report(const std::string& name = "out.json") const { return json::parse(read(name)); }
};

TEST_F(Reconstruct, WritesMeshPreviewAndReport) {
    const RunResult result = run({"reconstruct", photo().string(), "--prior", "column", "--iterations", "2"});
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    EXPECT_THAT(result.output, ::testing::MatchesRegex("out.glb  out_preview.png  out.json  \\([0-9]+.[0-9] s\\)\n"));
    EXPECT_THAT(files_left(), ::testing::ElementsAre("out.glb", "out.json", "out_preview.png"));

    const json facts = report();
    EXPECT_EQ(facts["options"]["resolution"], 128);
    EXPECT_EQ(facts["options"]["iterations"], 2);
    EXPECT_EQ(facts["inputs"][0]["sha256"], render::sha256_of_file(photo()));
    EXPECT_EQ(facts["timings"]["steps"].size(), 2U);
    EXPECT_GT(facts["timings"]["warm_step"].get<double>(), 0);
    EXPECT_EQ(facts["figures"]["boundary_edges"], 0);
    EXPECT_EQ(facts["interrupted"], false);

    Assimp::Importer importer;
    const aiScene* const scene = importer.ReadFile(path("out.glb").string(), aiProcess_ValidateDataStructure);
    ASSERT_NE(scene, nullptr) << importer.GetErrorString();
    EXPECT_EQ(scene->mMeshes[0]->mNumFaces, facts["figures"]["triangles"].get<unsigned>());
    // glTF has vertices on a seam of the texture once a side.
    EXPECT_GE(scene->mMeshes[0]->mNumVertices, facts["figures"]["vertices"].get<unsigned>());

    const render::Image preview = render::read_image(path("out_preview.png"));
    EXPECT_GE(preview.width, 900);
    EXPECT_GE(preview.height, 600);
}

TEST_F(Reconstruct, NoPhotoRunsTheDemo) {
    const RunResult result = run({"reconstruct"});
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    EXPECT_THAT(result.errors, ::testing::HasSubstr("demo.png"));
    EXPECT_EQ(report()["prior"]["name"], "column");
}

TEST_F(Reconstruct, SeveralPhotosBlendedPriorsAndAMeshAsPrior) {
    const RunResult result = run({"reconstruct", photo().string(), photo().string(), "--prior", "column:0.7", "--prior",
                                  box().string() + ":0.3", "-o", "blend.ply", "--resolution", "48"});
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    const json facts = report("blend.json");
    EXPECT_EQ(facts["prior"]["exemplars"].size(), 2U);
    EXPECT_NEAR(facts["prior"]["exemplars"][0]["weight"].get<double>(), 0.7, 1e-6);
    const auto inputs = facts["inputs"];
    EXPECT_EQ(std::count_if(inputs.begin(), inputs.end(), [](const json& input) { return input["role"] == "photo"; }),
              2);
    EXPECT_EQ(std::count_if(inputs.begin(), inputs.end(), [](const json& input) { return input["role"] == "prior"; }),
              1);
    EXPECT_FALSE(render::read_mesh(path("blend.ply")).empty());
}

TEST_F(Reconstruct, CamerasAreEstimatedOrTheUsers) {
    ASSERT_EQ(run({"reconstruct", photo().string(), "--prior", "column", "-o", "a.ply"}).exit_code, 0);
    const json estimated = report("a.json")["cameras"];
    ASSERT_EQ(estimated.size(), 1U);
    EXPECT_EQ(estimated[0]["source"], "estimated");
    EXPECT_GT(estimated[0]["confidence"].get<double>(), 0);
    EXPECT_GE(estimated[0]["rivals"].size(), 1U);

    std::ofstream(path("cameras.json")) << R"({"cameras": [{"azimuth": 30, "elevation": 20}, null]})";
    const RunResult result = run({"reconstruct", photo().string(), photo().string(), "--prior", "column", "--cameras",
                                  "cameras.json", "-o", "b.ply"});
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    const json both = report("b.json")["cameras"];
    EXPECT_EQ(both[0]["source"], "given");
    EXPECT_NEAR(both[0]["azimuth"].get<double>(), 30, 1e-6);
    EXPECT_EQ(both[1]["source"], "estimated");
    // The photo's own camera and its own shape: the outline fits. An untrained network keeps the prior as it is.
    EXPECT_GT(both[0]["silhouette_iou"].get<double>(), 0.7);

    const RunResult wrong = run({"reconstruct", photo().string(), "--cameras", "cameras.json"});
    EXPECT_EQ(wrong.exit_code, 3);
    EXPECT_THAT(wrong.errors, ::testing::HasSubstr("2 cameras for 1 photos"));
}

TEST_F(Reconstruct, TheResultIsFittedToTheOutline) {
    std::ofstream(path("cameras.json")) << R"({"cameras": [{"azimuth": 30, "elevation": 20}]})";
    const std::vector<std::string> command = {"reconstruct", photo().string(), "--prior",
                                              "column",      "--cameras",      "cameras.json"};
    auto with = command;
    with.insert(with.end(), {"-o", "with.ply", "--silhouette-steps", "20"});
    ASSERT_EQ(run(with).exit_code, 0);
    auto without = command;
    without.insert(without.end(), {"-o", "without.ply", "--silhouette-steps", "0"});
    ASSERT_EQ(run(without).exit_code, 0);
    const json fit = report("with.json")["figures"]["silhouette_iou_of_fit"];
    EXPECT_GE(fit["after"].get<double>(), fit["before"].get<double>());
    EXPECT_GE(report("with.json")["cameras"][0]["silhouette_iou"].get<double>(),
              report("without.json")["cameras"][0]["silhouette_iou"].get<double>());
    EXPECT_TRUE(report("without.json")["figures"]["silhouette_iou_of_fit"].is_null());
}

TEST_F(Reconstruct, TriesSeveralPriorsInOneRun) {
    std::ofstream(path("cameras.json")) << R"({"cameras": [{"azimuth": 30, "elevation": 20}]})";
    const RunResult result = run({"reconstruct", photo().string(), "--prior", "column", "--prior-alternatives",
                                  "ball," + box().string(), "--cameras", "cameras.json", "--threshold", "0.05"});
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    EXPECT_THAT(files_left(), ::testing::ElementsAre("cameras.json", "out.glb", "out.json", "out_ball.glb",
                                                     "out_box.glb", "out_preview.png"));
    const json facts = report();
    ASSERT_EQ(facts["alternatives"].size(), 2U);
    EXPECT_EQ(facts["prior"]["name"], "column");
    EXPECT_EQ(facts["alternatives"][0]["prior"]["name"], "ball");
    EXPECT_EQ(facts["alternatives"][1]["prior"]["name"], "box");
    for (const auto& prior : {facts["prior"], facts["alternatives"][0]["prior"], facts["alternatives"][1]["prior"]}) {
        EXPECT_GE(prior["agreement"].get<double>(), 0);
        EXPECT_LE(prior["agreement"].get<double>(), 1);
    }
    // The same shape twice: the prior alone decides, and it is read from a mesh as it is from the library.
    EXPECT_NEAR(facts["prior"]["agreement"].get<double>(), facts["alternatives"][1]["prior"]["agreement"].get<double>(),
                1e-6);
    const std::string best = facts["best_agreeing_prior"];
    EXPECT_THAT(result.errors, ::testing::HasSubstr("prior " + best + " agrees best"));
    EXPECT_GE(render::read_image(path("out_preview.png")).height, 4 * 300);

    // Alone, each gives what it gave among others.
    const RunResult alone = run({"reconstruct", photo().string(), "--prior", "ball", "--cameras", "cameras.json", "-o",
                                 "alone.glb", "--threshold", "0.05"});
    ASSERT_EQ(alone.exit_code, 0) << alone.errors;
    EXPECT_EQ(report("alone.json")["figures"]["vertices"], facts["alternatives"][0]["figures"]["vertices"]);
    EXPECT_EQ(read("alone.glb"), read("out_ball.glb"));
}

TEST_F(Reconstruct, AlternativesNeedNamesOfTheirOwn) {
    const RunResult twice =
        run({"reconstruct", photo().string(), "--prior", "column", "--prior-alternatives", "ball,ball"});
    EXPECT_EQ(twice.exit_code, 2);
    EXPECT_THAT(twice.errors, ::testing::HasSubstr("out_ball.glb would be written twice"));
    EXPECT_EQ(
        run({"reconstruct", photo().string(), "--prior", "column", "--prior-alternatives", "ball,,box"}).exit_code, 2);
    const RunResult unknown =
        run({"reconstruct", photo().string(), "--prior", "column", "--prior-alternatives", "bal"});
    EXPECT_EQ(unknown.exit_code, 3);
    EXPECT_THAT(unknown.errors, ::testing::HasSubstr("did you mean 'ball'"));
    EXPECT_TRUE(files_left().empty());
}

TEST_F(Reconstruct, APriorThatDoesNotFitThePhotoIsSaid) {
    // A thin plate in the grid's corner: nothing that an untrained network sees in the photo overlaps it.
    const auto plate = render::make_box({1, 0.05F, 0.05F});
    render::write_mesh(path("plate.obj"), plate);
    const RunResult result =
        run({"reconstruct", photo().string(), "--prior", path("plate.obj").string(), "--threshold", "0.01"});
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    const json prior = report()["prior"];
    EXPECT_TRUE(prior["agreement_is_low"].get<bool>());
    EXPECT_LT(prior["share"].get<double>(), 0.5);
    EXPECT_THAT(result.errors, ::testing::HasSubstr("hardly agree"));
    EXPECT_THAT(result.errors, ::testing::HasSubstr("--prior none"));
    const RunResult trusted = run({"reconstruct", photo().string(), "--prior", path("plate.obj").string(),
                                   "--trust-prior", "full", "-o", "full.glb", "--threshold", "0.01"});
    ASSERT_EQ(trusted.exit_code, 0) << trusted.errors;
    EXPECT_EQ(report("full.json")["prior"]["share"].get<double>(), 1);
    EXPECT_THAT(trusted.errors, ::testing::HasSubstr("hardly agree")) << "noticed all the same";
}

TEST_F(Reconstruct, VerticesTellWhereInThePriorTheyWere) {
    render::TriangleMesh mesh = render::read_mesh(box());
    mesh.materials = {{.name = "lower", .base_colour = {1, 0, 0}}, {.name = "upper", .base_colour = {0, 1, 0}}};
    mesh.material_ids.clear();
    for (const auto& t : mesh.triangles) {
        float height = 0;
        for (const int corner : t) height += mesh.vertices[static_cast<std::size_t>(corner)].y();
        mesh.material_ids.push_back(height > 0 ? 1 : 0);
    }
    render::write_mesh(path("painted.obj"), mesh);
    const RunResult result = run({"reconstruct", photo().string(), "--prior", path("painted.obj").string(), "--colours",
                                  "prior", "-o", "out.ply", "--trust-prior", "full"});
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    const std::string ply = read("out.ply");
    EXPECT_THAT(ply, ::testing::HasSubstr("property float prior_x\nproperty float prior_y\nproperty float prior_z\n"));
    EXPECT_THAT(ply, ::testing::HasSubstr("property int part\n"));
    EXPECT_EQ(report()["prior"]["parts"], (std::vector<std::string>{"lower", "upper"}));
    // An untrained network moves nothing: the colours stand where they stood.
    const render::TriangleMesh coloured = render::read_mesh(path("out.ply"));
    for (std::size_t i = 0; i < coloured.vertices.size(); ++i) {
        const Eigen::Vector3f& c = coloured.vertex_colours[i];
        EXPECT_NEAR(c.x() + c.y(), 1, 0.02);
    }
    ASSERT_EQ(run({"reconstruct", photo().string(), "--prior", "column", "-o", "b.glb"}).exit_code, 0);
    EXPECT_THAT(read("b.glb"), ::testing::HasSubstr("\"_PRIOR_POSITION\""));
    EXPECT_THAT(read("b.glb"), ::testing::Not(::testing::HasSubstr("\"_PART\"")));
    const RunResult none = run({"reconstruct", photo().string(), "--prior", "column", "--colours", "prior"});
    EXPECT_THAT(none.errors, ::testing::HasSubstr("no colours of its own"));
}

TEST_F(Reconstruct, StlIsClosedAndTheReportSaysSo) {
    ASSERT_EQ(run({"reconstruct", photo().string(), "--prior", "column", "-o", "a.stl"}).exit_code, 0);
    const json figures = report("a.json")["figures"];
    EXPECT_TRUE(figures["closed"].get<bool>());
    EXPECT_EQ(figures["boundary_edges"], 0);
    EXPECT_EQ(figures["non_manifold_edges"], 0);
    EXPECT_EQ(figures["non_manifold_vertices"], 0);
    EXPECT_GE(figures["components"].get<int>(), 1);
    EXPECT_EQ(run({"reconstruct", photo().string(), "--closed", "perhaps"}).exit_code, 2);
}

TEST_F(Reconstruct, StopsAtTheTolerance) {
    ASSERT_EQ(
        run({"reconstruct", photo().string(), "--prior", "column", "--iterations", "30", "--tolerance", "1"}).exit_code,
        0);
    EXPECT_EQ(report()["figures"]["iterations"], 1);
    EXPECT_EQ(report()["figures"]["stopped_by_tolerance"], true);
}

TEST_F(Reconstruct, AGpuThatIsNotThereIsSaid) {
    if (render::kernels::cuda_device_count() > 0) GTEST_SKIP() << "there is one";
    const RunResult result = run({"reconstruct", photo().string(), "--device", "cuda"});
    EXPECT_EQ(result.exit_code, 3);
    EXPECT_THAT(result.errors, ::testing::HasSubstr("use --device cpu or auto"));
    EXPECT_TRUE(files_left().empty());
}

TEST_F(Reconstruct, WithoutAnyPriorTheCameraIsAssumed) {
    const RunResult result = run({"reconstruct", photo().string(), "--prior", "none", "--threshold", "0.01"});
    EXPECT_THAT(result.errors, ::testing::HasSubstr("camera assumed"));
}

TEST_F(Reconstruct, ThePublishedNetworkTakesNoCamera) {
    const RunResult result =
        run({"reconstruct", photo().string(), "--prior", "column", "--model", "wallace2019", "--iterations", "1"});
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    EXPECT_EQ(report()["model"]["architecture"], "wallace2019");
    EXPECT_TRUE(report()["cameras"].empty());
}

TEST_F(Reconstruct, WithoutPriorTheClosestByPixelsIsTaken) {
    const RunResult result = run({"reconstruct", photo().string()});
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    EXPECT_THAT(result.errors, ::testing::HasSubstr("column looks closest"));
    EXPECT_EQ(report()["prior"]["name"], "column");
}

TEST_F(Reconstruct, FocalLengthInThePhotosFileIsUsed) {
    constexpr unsigned film_focal_length = 0xA405;
    write("lens.png", render::testing::png_with_exif_block(
                          render::read_file(photo()), render::testing::exif_block_of(1, {{film_focal_length, 28}})));
    ASSERT_EQ(run({"reconstruct", "lens.png", "--prior", "column"}).exit_code, 0);
    const auto camera = report()["cameras"][0];
    const double focal_length = camera.at("focal_length_of_photo");
    // 28 mm for 43.3 mm across the diagonal of a square photo, of which the crop is a part.
    EXPECT_GT(focal_length, 28 / 43.2666 * std::numbers::sqrt2);
    EXPECT_LT(camera.at("distance").get<double>() * camera.at("scale").get<double>(), focal_length + 1e-3);
    ASSERT_EQ(run({"reconstruct", photo().string(), "--prior", "column"}).exit_code, 0);
    EXPECT_FALSE(report()["cameras"][0].contains("focal_length_of_photo"));
}

TEST_F(Reconstruct, SameInputsGiveTheSameBits) {
    for (const char* name : {"a.obj", "b.obj"}) {
        ASSERT_EQ(run({"reconstruct", photo().string(), "--prior", "ball", "-o", name}).exit_code, 0);
    }
    std::string first = read("a.obj");
    std::string second = read("b.obj");
    EXPECT_EQ(first.substr(first.find("\nv ")), second.substr(second.find("\nv ")));
}

TEST_F(Reconstruct, ThresholdNothingReachesIsExplained) {
    const RunResult result =
        run({"reconstruct", photo().string(), "--prior", "none", "--threshold", "0.99", "--iterations", "1"});
    EXPECT_EQ(result.exit_code, 1) << result.errors;
    EXPECT_THAT(result.errors, ::testing::HasSubstr("--threshold"));
    EXPECT_TRUE(files_left().empty());
}

TEST_F(Reconstruct, InterruptKeepsAPartialResultOrNothing) {
    RunSettings settings;
    settings.while_running = [this](int process) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (read(".stderr").find("step") == std::string::npos && std::chrono::steady_clock::now() < deadline) {
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
        kill(process, SIGINT);
    };
    const RunResult result =
        run({"reconstruct", photo().string(), "--prior", "column", "--iterations", "100"}, settings);
    EXPECT_EQ(result.exit_code, 130) << result.errors;
    EXPECT_THAT(result.errors, ::testing::HasSubstr("interrupted after step"));
    EXPECT_EQ(report()["interrupted"], true);
    EXPECT_LT(report()["figures"]["iterations"].get<int>(), 100);
    EXPECT_FALSE(render::read_mesh(path("out.glb")).empty());
}

}  // namespace
}  // namespace maquette::recon::testing
