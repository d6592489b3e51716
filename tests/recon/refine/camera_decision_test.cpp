#include "recon/refine/camera_decision.h"

#include <gtest/gtest.h>

#include "recon/refine/camera_network.h"
#include "recon/refine/mixed_views.h"
#include "render/field_picture.h"
#include "render/image_operations.h"
#include "tests/recon/refine/knowing_network.h"

namespace maquette::recon {
namespace {

using testing::KnowingNetwork;

/// A chair-like shape: seat, back at -Z, no symmetry front to back.
render::VoxelGrid chair() {
    render::VoxelGrid grid(32);
    for (int z = 0; z < 32; ++z) {
        for (int y = 0; y < 32; ++y) {
            for (int x = 0; x < 32; ++x) {
                const auto p = grid.centre(x, y, z);
                const bool seat = std::abs(p.x()) < 0.3F && std::abs(p.z()) < 0.3F && std::abs(p.y() + 0.1F) < 0.1F;
                const bool back =
                    std::abs(p.x()) < 0.3F && std::abs(p.z() + 0.25F) < 0.06F && p.y() > -0.1F && p.y() < 0.48F;
                grid.at(x, y, z) = seat || back ? 1.0F : 0.0F;
            }
        }
    }
    return grid;
}

View view_from(const CropCamera& camera) {
    View view;
    view.mask = render::picture_of_field(chair(), camera_of(camera, view_size)).coverage;
    view.rgb = render::Image(view_size, view_size, 3, 255);
    return view;
}

constexpr CropCamera truth{.azimuth = 60, .elevation = 20, .distance = 2.4, .scale = 0.7};

priors::CategoryPrior prior_of(render::VoxelGrid mean) {
    priors::CategoryPrior prior;
    prior.mean = std::move(mean);
    return prior;
}

CameraEstimator untrained() {
    return CameraEstimator(initial_parameters(camera_network::parameter_shapes(), 7));
}

TEST(CameraDecision, SilhouettesAgreeUnderTheTrueCameraOnly) {
    const View view = view_from(truth);
    const double right = silhouette_iou(chair(), 0.5F, truth, view.mask);
    EXPECT_GT(right, 0.85);
    for (const double degrees : {-60.0, 70.0, 120.0}) {
        CropCamera turned = truth;
        turned.azimuth += degrees;
        EXPECT_LT(silhouette_iou(chair(), 0.5F, turned, view.mask), right - 0.02) << degrees;
    }
    CropCamera shifted = truth;
    shifted.centre_x += 0.2;
    EXPECT_LT(silhouette_iou(chair(), 0.5F, shifted, view.mask), 0.65);
    EXPECT_EQ(silhouette_iou(render::VoxelGrid(32), 0.5F, truth, render::FloatImage(64, 64, 1, 0.0F)), 1);
}

// An untrained estimator orders hypotheses at random; drawing the shape back must choose among them.
TEST(CameraDecision, ThePhotoDecides) {
    View view = view_from(truth);
    const auto prior = prior_of(chair());
    const auto decisions = decide_cameras(
        {&view, 1}, untrained(), KnowingNetwork(chair()), prior,
        {.search = {.compared = 96, .kept = 12, .refinements = 0, .apart = 25}, .silhouette_weight = 40});
    ASSERT_EQ(decisions.size(), 1U);
    const auto& candidates = decisions.front();
    ASSERT_GE(candidates.size(), 6U);
    ASSERT_TRUE(view.camera.has_value());
    double total = 0;
    double best = 0;
    for (const auto& candidate : candidates) {
        total += candidate.confidence;
        best = std::max(best, candidate.silhouette_iou);
        EXPECT_LE(candidate.confidence, candidates.front().confidence);
    }
    EXPECT_NEAR(total, 1, 1e-9);
    EXPECT_NEAR(candidates.front().silhouette_iou, best, 0.05);
    EXPECT_NEAR(crop_camera_of(*view.camera).azimuth, candidates.front().camera.azimuth, 1e-6);
}

TEST(CameraDecision, AKnownFocalLengthTellsTheDistance) {
    // Perspective as a phone sees it from near.
    constexpr CropCamera close{.azimuth = 60, .elevation = 20, .distance = 1, .scale = 0.7};
    constexpr double object_unit = 0.6875;  // the chair's longest side
    constexpr double focal_length = close.distance * close.scale;
    const auto decided = [&](const std::vector<std::optional<double>>& focal_lengths) {
        View view = view_from(close);
        auto decision = decide_cameras({&view, 1}, untrained(), KnowingNetwork(chair()), prior_of(chair()),
                                       {.search = {.compared = 96, .kept = 12, .refinements = 0, .apart = 25},
                                        .focal_lengths = focal_lengths})
                            .front();
        EXPECT_NEAR(crop_camera_of(*view.camera).distance, decision.front().camera.distance, 1e-6);
        return decision;
    };
    const auto assumed = decided({});
    const auto known = decided({focal_length});
    ASSERT_EQ(known.size(), assumed.size());
    std::size_t best = 0;
    for (std::size_t i = 0; i < known.size(); ++i) {
        EXPECT_NEAR(known[i].camera.distance * known[i].camera.scale, focal_length, 1e-6);
        EXPECT_EQ(known[i].confidence, assumed[i].confidence);
        CropCamera moved = known[i].camera;
        moved.distance = assumed[i].camera.distance;
        EXPECT_EQ(moved, assumed[i].camera);
        if (angle_between(known[i].camera, close) < angle_between(known[best].camera, close)) best = i;
    }
    EXPECT_LT(angle_between(known[best].camera, close), 20);
    EXPECT_NEAR(known[best].camera.distance, close.distance / object_unit, 0.2);
    EXPECT_EQ(assumed[best].camera.distance, usual_distance);
    EXPECT_EQ(decided({std::nullopt}).front().camera, assumed.front().camera);
    for (const auto& candidate : decided({100})) EXPECT_EQ(candidate.camera.distance, usual_distance);
    for (const auto& candidate : decided({0.1})) EXPECT_EQ(candidate.camera.distance, 1);
}

TEST(CameraDecision, GivenCamerasStayAndEmptyPriorsGetTheUsualOne) {
    std::vector<View> views = {view_from(truth), view_from(truth)};
    views[0].camera = camera_of(truth, view_size);
    const auto decisions = decide_cameras(views, untrained(), KnowingNetwork(chair()), prior_of(render::VoxelGrid(32)));
    EXPECT_TRUE(decisions[0].empty());
    EXPECT_NEAR(crop_camera_of(*views[0].camera).azimuth, 60, 1e-6);
    ASSERT_EQ(decisions[1].size(), 1U);
    EXPECT_EQ(decisions[1].front().confidence, 0);
    EXPECT_NEAR(crop_camera_of(*views[1].camera).azimuth, usual_camera(views[1]).azimuth, 1e-6);
    views[1].camera.reset();
    const CameraDecisionOptions known{.focal_lengths = {{0.9}, {1.0}}};
    const auto focused =
        decide_cameras(views, untrained(), KnowingNetwork(chair()), prior_of(render::VoxelGrid(32)), known);
    EXPECT_NEAR(focused[1].front().camera.distance * focused[1].front().camera.scale, 1, 1e-6);
    EXPECT_NEAR(crop_camera_of(*views[0].camera).distance, truth.distance, 1e-6);
}

TEST(CameraDecision, OnePhotoIsEncodedUnderItsLikeliestCameras) {
    const View view = view_from(truth);
    const auto candidate = [](double azimuth, double confidence) {
        CropCamera camera = truth;
        camera.azimuth = azimuth;
        return CameraCandidate{camera, confidence, 0};
    };
    const KnowingNetwork network(chair());
    const auto alternatives = [&](const CameraDecision& decision) {
        const auto encoded = encode_decided(network, {&view, 1}, {decision});
        const auto* mixed = dynamic_cast<const MixedViews*>(encoded.get());
        EXPECT_NE(mixed, nullptr);
        return mixed == nullptr ? std::vector<MixedViews::Alternative>{} : mixed->alternatives();
    };
    const auto five = alternatives({candidate(0, 0.3), candidate(50, 0.22), candidate(90, 0.18), candidate(180, 0.12),
                                    candidate(220, 0.1), candidate(270, 0.08)});
    ASSERT_EQ(five.size(), 5U);
    EXPECT_NEAR(five.front().belief, 0.3 / 0.92, 1e-9);
    EXPECT_EQ(alternatives({candidate(0, 0.6), candidate(50, 0.37), candidate(90, 0.03)}).size(), 2U);
    View posed = view;
    posed.camera = camera_of(truth, view_size);
    const auto sure = encode_decided(network, {&posed, 1}, {{candidate(0, 0.98), candidate(50, 0.02)}});
    EXPECT_EQ(dynamic_cast<const MixedViews*>(sure.get()), nullptr);
}

TEST(CameraDecision, SeveralViewsAreEachGivenOne) {
    std::vector<View> views = {view_from(truth), view_from(truth), view_from(truth)};
    const auto decisions = decide_cameras(views, untrained(), KnowingNetwork(chair()), prior_of(chair()));
    for (std::size_t i = 0; i < views.size(); ++i) {
        EXPECT_FALSE(decisions[i].empty());
        EXPECT_TRUE(views[i].camera.has_value());
    }
}

}  // namespace
}  // namespace maquette::recon
