#include <assimp/postprocess.h>
#include <assimp/scene.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <assimp/Importer.hpp>
#include <chrono>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "render/io/atomic_file.h"
#include "render/io/image_io.h"
#include "render/io/mesh_io.h"
#include "render/kernels/cuda_device.h"
#include "tests/recon/cli/command_fixture.h"

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
    EXPECT_EQ(scene->mMeshes[0]->mNumVertices, facts["figures"]["vertices"].get<unsigned>());

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
