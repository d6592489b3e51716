#include "recon/refine/turn_decision.h"

#include <gtest/gtest.h>

#include "tests/recon/refine/knowing_network.h"
#include "tests/recon/refine/world_scene.h"

namespace maquette::recon {
namespace {

using testing::KnowingNetwork;
using testing::ring;
using testing::true_placement;
using testing::world_chair;
using testing::world_views;

class TurnOfAChair : public ::testing::Test {
protected:
    TurnOfAChair() : crops_(ring(5, 25, 50, 15)), views_(world_views(crops_, world_chair())) {
        const Eigen::Vector3d up = true_placement().object_from_world.row(1);
        start_ = rough_placement(views_, {.up = up});
    }

    /// How far the first camera's azimuth is from the truth.
    [[nodiscard]] double error(const TurnDecision& decision) const {
        return azimuth_between(crop_camera_of(placed_camera(*views_.front().camera, decision.placement)),
                               crops_.front());
    }

    std::vector<CropCamera> crops_;
    std::vector<View> views_;
    WorldPlacement start_;
};

TEST_F(TurnOfAChair, IsSeenInItsOutlines) {
    const auto turns = possible_turns(views_, start_, world_chair(), std::vector<std::vector<CameraHypothesis>>(5));
    ASSERT_EQ(turns.size(), 4U);
    const TurnDecision& found = turns.front();
    EXPECT_NEAR(error(found), 0, 4);
    EXPECT_LT((found.placement.centre - true_placement().centre).norm(), 0.05 * true_placement().size);
    EXPECT_NEAR(found.placement.size / true_placement().size, 1, 0.05);
}

TEST_F(TurnOfAChair, FollowsMostOfTheEstimates) {
    // A ball looks the same from everywhere: the estimates alone decide, two of five of which have front and back
    // wrong.
    render::VoxelGrid ball(32);
    for (int z = 0; z < 32; ++z) {
        for (int y = 0; y < 32; ++y) {
            for (int x = 0; x < 32; ++x) ball.at(x, y, z) = ball.centre(x, y, z).norm() < 0.5F ? 1.0F : 0.0F;
        }
    }
    views_ = world_views(crops_, ball);
    start_ = rough_placement(views_, {.up = Eigen::Vector3d(true_placement().object_from_world.row(1))});
    std::vector<std::vector<CameraHypothesis>> hypotheses;
    for (std::size_t i = 0; i < crops_.size(); ++i) {
        CropCamera right = crops_[i];
        right.azimuth += i % 2 == 0 ? 8 : -8;
        CropCamera wrong = right;
        wrong.azimuth += 180;
        if (i < 2) std::swap(right, wrong);
        hypotheses.push_back({{right, 0.7}, {wrong, 0.3}});
    }
    const TurnDecision found = possible_turns(views_, start_, ball, hypotheses).front();
    EXPECT_NEAR(error(found), 0, 8);
    EXPECT_GT(found.confidence, 0.5);
    EXPECT_LT(found.confidence, 1);
    EXPECT_NEAR(found.placement.size / true_placement().size, 1, 0.03);
}

TEST_F(TurnOfAChair, IsJudgedByTheRefinedShape) {
    std::vector<TurnDecision> turns;
    for (const double turn : {90.0, 180.0, 0.0, 270.0}) {
        // The prior spoke for a wrong one.
        turns.push_back({.placement = turned(true_placement(), turn), .turn = turn, .score = turn == 90 ? 0.3 : 0});
    }
    priors::CategoryPrior prior = priors::CategoryPrior::empty();
    const auto judged = judged_turns(views_, turns, KnowingNetwork(world_chair()), prior);
    ASSERT_EQ(judged.size(), 4U);
    EXPECT_EQ(judged.front().turn, 0);
    EXPECT_GT(judged.front().confidence, 0.7);
}

}  // namespace
}  // namespace maquette::recon
