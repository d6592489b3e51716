#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "recon/encoders/untrained_capture_domain.h"
#include "render/io/atomic_file.h"
#include "tests/recon/cli/command_fixture.h"
#include "tests/render/io/exif_block.h"

namespace maquette::recon::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* outside = "is outside what the networks were trained on";

/// The fixture's assets with a covariate encoder that holds the ranges, which pictures all lie in.
class CaptureWarnings : public CommandTest {
protected:
    CaptureWarnings() {
        const std::filesystem::path shipped = weights().parent_path().parent_path();
        std::filesystem::copy(shipped, path("assets"), std::filesystem::copy_options::recursive);
        settings_.environment["MAQUETTE_ASSETS"] = path("assets").string();
    }

    void ship(const encoders::CaptureRanges& ranges) const {
        encoders::save_untrained_capture_domain(path("assets") / "weights" / "covariates.safetensors", ranges, 3);
    }

    RunResult reconstruct(const std::string& photo, std::vector<std::string> more = {}) const {
        more.insert(more.begin(), {"reconstruct", photo, "--prior", "column", "--iterations", "1"});
        return run(more, settings_);
    }

    /// A wide lens: 10 mm of focal length for a square of 30.6 mm.
    void write_close_up(const std::string& name) const {
        write(name, render::testing::png_with_exif_block(render::read_file(photo()),
                                                         render::testing::exif_block_of(1, {{0xA405, 10}})));
    }

    /// Elevation, roll, field of view, distance, exposure, blur, noise.
    encoders::CaptureRanges usual_ = {{{-20, 60}, {-15, 15}, {0, 70}, {0, 4}, {0, 1}, {0, 1}, {0, 1}}};
    RunSettings settings_;
};

TEST_F(CaptureWarnings, PhotosAsInTrainingGiveNone) {
    RunResult result = reconstruct(photo().string());
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    EXPECT_THAT(result.errors, Not(HasSubstr(outside)));
    ship(usual_);
    result = reconstruct(photo().string());
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    EXPECT_THAT(result.errors, Not(HasSubstr(outside)));
    const auto report = nlohmann::json::parse(read("out.json"));
    EXPECT_THAT(report["inputs"].dump(), HasSubstr("covariate weights"));
}

TEST_F(CaptureWarnings, ThePhotosFileSaysHowStrongThePerspectiveIs) {
    ship(usual_);
    write_close_up("close.png");
    const RunResult result = reconstruct("close.png");
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    EXPECT_THAT(result.errors, AllOf(HasSubstr("close.png: field of view of"), HasSubstr(outside),
                                     HasSubstr("step back"), Not(HasSubstr("as the picture looks"))));
}

TEST_F(CaptureWarnings, WhatTheUserSaysOfTheCameraIsNotReadFromThePicture) {
    usual_[0] = {5, 60};
    ship(usual_);
    RunResult result = reconstruct(photo().string());
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    EXPECT_THAT(result.errors, HasSubstr("elevation of 0 degrees, as the picture looks, is outside"));
    write("inside.json", R"({"cameras": [{"azimuth": 30, "elevation": 20}]})");
    result = reconstruct(photo().string(), {"--cameras", "inside.json"});
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    EXPECT_THAT(result.errors, Not(HasSubstr(outside)));
    write("above.json", R"({"cameras": [{"azimuth": 30, "elevation": 80, "distance": 5}]})");
    result = reconstruct(photo().string(), {"--cameras", "above.json"});
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    EXPECT_THAT(result.errors, AllOf(HasSubstr("elevation of 80 degrees is outside"),
                                     HasSubstr("distance of 5.00 object sizes is outside")));
}

TEST_F(CaptureWarnings, BatchesNoteThemWithTheObject) {
    ship(usual_);
    std::filesystem::create_directory(path("photos"));
    write_close_up("photos/close.png");
    const RunResult result = run(
        {"reconstruct", "--batch", "photos", "--out", "results", "--prior", "column", "--iterations", "1"}, settings_);
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    const auto report = nlohmann::json::parse(read("results/items/close/run.json"));
    EXPECT_THAT(report["notes"].get<std::vector<std::string>>(), Contains(HasSubstr(outside)));
}

TEST_F(CaptureWarnings, BrokenWeightsAreNamed) {
    write("assets/weights/covariates.safetensors", "nothing");
    const RunResult result = reconstruct(photo().string());
    EXPECT_EQ(result.exit_code, 3) << result.errors;
    EXPECT_THAT(result.errors, HasSubstr("covariates.safetensors"));
}

}  // namespace
}  // namespace maquette::recon::testing
