#include "recon/cli/asset_suite.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "recon/cli/asset_figures.h"
#include "tests/recon/cli/command_fixture.h"
#include "tests/support/box_dataset.h"

namespace maquette::recon::cli {
namespace {

using ::testing::HasSubstr;

class AssetSuite : public recon::testing::CommandTest {};

TEST_F(AssetSuite, MeasuresTheFilesOfEveryShape) {
    const recon::testing::BoxDataset boxes(
        "asset_suite", {{"tallest", priors::Split::novel, 2}, {"flattest", priors::Split::novel, 2}}, 3);
    const auto result = run({"eval", "assets", "--dataset", boxes.file().string(), "--json", "assets.json",
                             "--markdown", "assets.md", "--shapes-per-category", "1"});
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    const auto report = nlohmann::json::parse(read("assets.json"));
    EXPECT_EQ(report.at("stl_closed_share"), 1);
    EXPECT_GT(report.at("glb_psnr"), 28);
    EXPECT_TRUE(report.contains("photo_psnr"));
    EXPECT_TRUE(report.contains("normal_variation_excess"));
    EXPECT_THAT(read("assets.md"), HasSubstr("2 pictures of 2 categories"));
    const auto nothing = run({"eval", "assets", "--dataset", boxes.file().string(), "--split", "validation"});
    EXPECT_EQ(nothing.exit_code, 3);
    EXPECT_THAT(nothing.errors, HasSubstr("no shapes of this split"));
}

TEST(AssetFigures, PsnrIsOfThePixelsAskedFor) {
    render::Image a(4, 4, 3, 100);
    render::Image b = a;
    EXPECT_DOUBLE_EQ(picture_psnr(a, b, [](int, int) { return true; }).value(), 100);
    for (int c = 0; c < 3; ++c) b.at(0, 0, c) = 110;
    EXPECT_NEAR(picture_psnr(a, b, [](int x, int y) { return x == 0 && y == 0; }).value(), 20 * std::log10(25.5), 1e-9);
    EXPECT_DOUBLE_EQ(picture_psnr(a, b, [](int x, int) { return x > 0; }).value(), 100);
    EXPECT_FALSE(picture_psnr(a, b, [](int, int) { return false; }));
}

/// A plane whose normal tilts by `step` degrees to and fro from pixel to pixel, and by 90 from column `edge` on.
double variation_of(double step, int edge) {
    render::FloatImage normal(16, 16, 3);
    render::FloatImage depth(16, 16, 1, 2.0F);
    for (int y = 0; y < 16; ++y) {
        for (int x = 0; x < 16; ++x) {
            const double angle = (((x + y) % 2) * step + (x >= edge ? 90 : 0)) * std::numbers::pi / 180;
            normal.at(x, y, 0) = static_cast<float>(std::sin(angle));
            normal.at(x, y, 2) = static_cast<float>(std::cos(angle));
        }
    }
    return normal_variation(normal, depth, 0.05F).value();
}

TEST(AssetFigures, NormalVariationSeesTerracesAndNoEdges) {
    EXPECT_NEAR(variation_of(0, 16), 0, 1e-3);
    EXPECT_NEAR(variation_of(0, 8), 0, 1e-3) << "an edge is no lump";
    EXPECT_NEAR(variation_of(6, 16), 6, 1e-2);
    EXPECT_FALSE(normal_variation(render::FloatImage(8, 8, 3), render::FloatImage(8, 8, 1), 0.05F));
}

}  // namespace
}  // namespace maquette::recon::cli
