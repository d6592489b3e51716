#include "recon/refine/outline_completion.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <vector>

#include "recon/refine/view.h"
#include "render/grid.h"

namespace maquette::recon {
namespace {

using Inside = std::function<bool(const Eigen::Vector3f&)>;

bool in_box(const Eigen::Vector3f& p, const Eigen::Vector3f& low, const Eigen::Vector3f& high) {
    return (p.array() >= low.array()).all() && (p.array() <= high.array()).all();
}

/// A table's top, and legs towards the camera's left and right.
bool top(const Eigen::Vector3f& p) {
    return in_box(p, {-0.4F, 0.2F, -0.15F}, {0.4F, 0.4F, 0.15F});
}
bool left_leg(const Eigen::Vector3f& p) {
    return in_box(p, {-0.36F, -0.4F, -0.03F}, {-0.30F, 0.25F, 0.03F});
}
bool right_leg(const Eigen::Vector3f& p) {
    return in_box(p, {0.30F, -0.4F, 0.07F}, {0.36F, 0.25F, 0.13F});
}

render::VoxelGrid grid_of(int resolution, const Inside& inside) {
    render::VoxelGrid grid(resolution);
    for (int z = 0; z < resolution; ++z) {
        for (int y = 0; y < resolution; ++y) {
            for (int x = 0; x < resolution; ++x) grid.at(x, y, z) = inside(grid.centre(x, y, z)) ? 1.0F : 0.0F;
        }
    }
    return grid;
}

render::FloatImage mask_of(const Inside& inside, const CropCamera& crop) {
    const render::Camera camera = camera_of(crop, view_size);
    render::FloatImage mask(view_size, view_size, 1);
    for (int y = 0; y < view_size; ++y) {
        for (int x = 0; x < view_size; ++x) {
            const auto ray = camera.ray(x + 0.5, y + 0.5);
            for (double t = 0; t < 4 && mask.at(x, y) == 0; t += 0.005) {
                if (inside((ray.origin_in_object + t * ray.direction_in_object).cast<float>())) mask.at(x, y) = 1;
            }
        }
    }
    return mask;
}

class OutlineCompletion : public ::testing::Test {
protected:
    static bool whole(const Eigen::Vector3f& p) { return top(p) || left_leg(p) || right_leg(p); }

    render::VoxelGrid field_ = grid_of(64, top);
    render::VoxelGrid coarse_ = grid_of(32, top);
    CropCamera front_{.azimuth = 0, .elevation = 0};

    /// Anywhere below the top.
    [[nodiscard]] bool leg_at(float x, float y) const {
        for (float z = -0.15F; z <= 0.15F; z += 0.005F) {
            if (solid(x, y, z)) return true;
        }
        return false;
    }
    [[nodiscard]] double thickness_at(float x, float y) const {
        int count = 0;
        for (float z = -0.5F; z <= 0.5F; z += 0.005F) count += solid(x, y, z) ? 1 : 0;
        return 0.005 * count;
    }
    [[nodiscard]] bool solid(float x, float y, float z) const {
        return render::sample_trilinear(field_, {x, y, z}) >= 0.5F;
    }
};

TEST_F(OutlineCompletion, AddsLegsThatTheMaskShows) {
    const auto mask = mask_of(whole, front_);
    const auto before = field_.values;
    EXPECT_GT(complete_outlines(field_, 0.5F, coarse_, std::vector<PosedMask>{{front_, &mask}}), 100);
    for (const float y : {0.1F, -0.1F, -0.3F}) {
        EXPECT_TRUE(leg_at(-0.33F, y)) << y;
        EXPECT_TRUE(leg_at(0.33F, y)) << y;
        EXPECT_FALSE(leg_at(0, y)) << y;
        EXPECT_FALSE(leg_at(-0.42F, y)) << y;
        // As thick as it is wide.
        EXPECT_NEAR(thickness_at(-0.33F, y), 0.06, 0.03) << y;
    }
    for (std::size_t i = 0; i < before.size(); ++i) ASSERT_GE(field_.values[i] >= 0.5F, before[i] >= 0.5F);
}

TEST_F(OutlineCompletion, LiesWhereTheCoarseFieldIsHalfSolid) {
    for (int z = 0; z < 32; ++z) {
        for (int y = 0; y < 32; ++y) {
            for (int x = 0; x < 32; ++x) {
                if (right_leg(coarse_.centre(x, y, z))) coarse_.at(x, y, z) = 0.4F;
            }
        }
    }
    const auto mask = mask_of(whole, front_);
    complete_outlines(field_, 0.5F, coarse_, std::vector<PosedMask>{{front_, &mask}});
    EXPECT_TRUE(solid(0.33F, -0.3F, 0.1F));
    EXPECT_FALSE(solid(0.33F, -0.3F, 0));
}

TEST_F(OutlineCompletion, ChangesNothingWhereNothingIsMissing) {
    const auto mask = mask_of(top, front_);
    const auto before = field_.values;
    EXPECT_EQ(complete_outlines(field_, 0.5F, coarse_, {}), 0);
    EXPECT_EQ(field_.values, before);
    EXPECT_EQ(complete_outlines(field_, 0.5F, coarse_, std::vector<PosedMask>{{front_, &mask}}), 0);
    for (std::size_t i = 0; i < before.size(); ++i) ASSERT_EQ(field_.values[i] >= 0.5F, before[i] >= 0.5F);
}

TEST_F(OutlineCompletion, AViewThatIsHardlyBelievedChangesNothing) {
    const auto whole_mask = mask_of(whole, front_);
    const auto top_mask = mask_of(top, front_);
    // The second one denies the legs, and would have them left out.
    const int filled = complete_outlines(field_, 0.5F, coarse_,
                                         std::vector<PosedMask>{{front_, &whole_mask, 1}, {front_, &top_mask, 0.2}});
    EXPECT_GT(filled, 100);
    EXPECT_TRUE(leg_at(-0.33F, -0.3F));
    auto both = grid_of(64, top);
    EXPECT_LT(complete_outlines(both, 0.5F, coarse_,
                                std::vector<PosedMask>{{front_, &whole_mask, 1}, {front_, &top_mask, 0.9}}),
              filled / 4);
}

TEST_F(OutlineCompletion, ASliverAlongTheOutlineIsNoPart) {
    const auto mask = mask_of(
        [](const Eigen::Vector3f& p) {
            return in_box(p, {-0.41F, 0.19F, -0.15F}, {0.41F, 0.41F, 0.15F});
        },
        front_);
    EXPECT_EQ(complete_outlines(field_, 0.5F, coarse_, std::vector<PosedMask>{{front_, &mask}}), 0);
}

TEST_F(OutlineCompletion, WhatAnotherMaskDeniesIsLeftOut) {
    const auto seen = mask_of(whole, front_);
    const CropCamera side{.azimuth = 180, .elevation = 0};
    const auto denying = mask_of([](const Eigen::Vector3f& p) { return top(p) || left_leg(p); }, side);
    complete_outlines(field_, 0.5F, coarse_, std::vector<PosedMask>{{front_, &seen}, {side, &denying}});
    EXPECT_TRUE(leg_at(-0.33F, -0.1F));
    EXPECT_FALSE(leg_at(0.33F, -0.1F));
}

TEST_F(OutlineCompletion, WhatSticksOutGoes) {
    const auto lean = mask_of([](const Eigen::Vector3f& p) { return top(p) && p.x() < 0.3F; }, front_);
    complete_outlines(field_, 0.5F, coarse_, std::vector<PosedMask>{{front_, &lean}});
    EXPECT_FALSE(solid(0.37F, 0.3F, 0));
    EXPECT_TRUE(solid(0.25F, 0.3F, 0));
    EXPECT_TRUE(solid(-0.37F, 0.3F, 0));
}

TEST_F(OutlineCompletion, AMaskThatDeniesHalfOfTheShapeTakesNothingAway) {
    const auto half = mask_of([](const Eigen::Vector3f& p) { return top(p) && p.x() < 0; }, front_);
    const auto before = field_.values;
    complete_outlines(field_, 0.5F, coarse_, std::vector<PosedMask>{{front_, &half}});
    EXPECT_EQ(field_.values, before);
}

TEST_F(OutlineCompletion, AnEmptyShapeIsLeftAsItIs) {
    render::VoxelGrid nothing(32);
    const auto mask = mask_of(whole, front_);
    EXPECT_EQ(complete_outlines(nothing, 0.5F, nothing, std::vector<PosedMask>{{front_, &mask}}), 0);
}

}  // namespace
}  // namespace maquette::recon
