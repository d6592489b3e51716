#include "recon/eval/capture_samples.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include "recon/eval/capture_regions.h"
#include "recon/eval/capture_scores.h"
#include "recon/eval/dataset_views.h"
#include "render/error.h"
#include "tests/support/box_dataset.h"

namespace maquette::recon {
namespace {

/// A rod from the middle towards +X.
render::VoxelGrid rod() {
    render::VoxelGrid grid(32);
    for (int x = 16; x < 30; ++x) {
        for (int y = 14; y < 18; ++y) {
            for (int z = 14; z < 18; ++z) grid.at(x, y, z) = 1;
        }
    }
    return grid;
}

/// Centre of what is solid, cells.
Eigen::Vector3d centre_of(const render::VoxelGrid& grid) {
    Eigen::Vector3d sum = Eigen::Vector3d::Zero();
    double weight = 0;
    for (int z = 0; z < grid.resolution; ++z) {
        for (int y = 0; y < grid.resolution; ++y) {
            for (int x = 0; x < grid.resolution; ++x) {
                sum += grid.at(x, y, z) * Eigen::Vector3d(x + 0.5, y + 0.5, z + 0.5);
                weight += grid.at(x, y, z);
            }
        }
    }
    return sum / weight;
}

TEST(ShapeAsSeen, TurnsToWhereTheCameraStands) {
    // From the front +X is to the right; from +X it comes towards the camera; from behind it is to the left.
    const auto front = centre_of(shape_as_seen(rod(), 0));
    EXPECT_GT(front.x(), 10);
    EXPECT_NEAR(front.z(), 8, 0.3);
    const auto side = centre_of(shape_as_seen(rod(), 90));
    EXPECT_GT(side.z(), 10);
    EXPECT_NEAR(side.x(), 8, 0.3);
    EXPECT_LT(centre_of(shape_as_seen(rod(), 180)).x(), 6);
    EXPECT_NEAR(front.y(), 8, 0.3);
}

TEST(CaptureSamples, HoldWhatIsKnownOfEachPhoto) {
    const testing::BoxDataset boxes("capture_samples",
                                    {{"tall", priors::Split::train, 2}, {"flat", priors::Split::train, 2}}, 6);
    const ShapeDataset dataset(boxes.file());
    int changed = 0;
    const auto samples = capture_samples(dataset, {0, 1, 2, 3}, {.views = 6, .change = {}});
    const auto darkened = capture_samples(dataset, {0, 1, 2, 3}, {.views = 6, .change = [&](View& view, std::uint64_t) {
                                                                      for (auto& value : view.rgb.pixels) value /= 2;
                                                                      ++changed;
                                                                  }});
    ASSERT_EQ(samples.size(), 24);
    EXPECT_EQ(changed, 24);
    EXPECT_EQ(samples.names, (std::vector<std::string>{"flat", "tall"}));
    const View view = view_of(dataset, samples.shape[7], 1);
    const auto capture = encoders::capture_of(view);
    for (std::size_t k = 0; k < capture.values.size(); ++k) {
        EXPECT_FLOAT_EQ(samples.covariates[7][static_cast<std::int64_t>(k)].item<float>(),
                        static_cast<float>(*capture.values[k]));
    }
    const auto exposure = static_cast<std::int64_t>(encoders::Covariate::exposure);
    EXPECT_LT(darkened.covariates[7][exposure].item<float>(), samples.covariates[7][exposure].item<float>());

    const auto cut = regions_of(samples);
    const auto regions = cut.of(samples);
    for (int region = 0; region < capture_region_count; ++region) EXPECT_FALSE(region_name(region).empty());
    const auto elevation = static_cast<std::int64_t>(encoders::Covariate::elevation);
    for (std::int64_t row = 0; row < samples.size(); ++row) {
        const bool above = samples.covariates[row][elevation].item<double>() > cut.elevation;
        EXPECT_EQ(regions[static_cast<std::size_t>(row)] % 2 == 1, above);
    }
    EXPECT_THROW(capture_samples(dataset, {}, {}), InputError);
}

TEST(CaptureScores, APlaceboIsNobodysOwn) {
    const auto values = at::arange(40, torch::kFloat32).view({20, 2});
    const auto shuffled = shuffled_rows(values, 3);
    for (std::int64_t row = 0; row < 20; ++row) EXPECT_FALSE(at::equal(values[row], shuffled[row]));
    EXPECT_TRUE(at::equal(std::get<0>(at::sort(shuffled.select(1, 0))), values.select(1, 0)));
}

}  // namespace
}  // namespace maquette::recon
