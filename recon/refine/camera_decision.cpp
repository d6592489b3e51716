#include "recon/refine/camera_decision.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "recon/refine/mixed_views.h"
#include "recon/refine/refined_shape.h"
#include "recon/refine/stretched_framing.h"
#include "render/error.h"
#include "render/field_picture.h"
#include "render/image_operations.h"

namespace maquette::recon {
namespace {

constexpr int silhouette_size = 32;  // pixels
/// Width of the transition from empty to solid, in occupancy: a silhouette is no haze.
constexpr float transition = 0.2F;

render::VoxelGrid sharpened(const render::VoxelGrid& occupancy, float threshold) {
    render::VoxelGrid result = occupancy;
    for (float& value : result.values) value = std::clamp((value - threshold) / transition + 0.5F, 0.0F, 1.0F);
    return result;
}

bool is_empty(const render::VoxelGrid& occupancy) {
    return std::all_of(occupancy.values.begin(), occupancy.values.end(), [](float value) { return value <= 0; });
}

/// Perspective stays this far from the unit box's corners.
constexpr double nearest_distance = 1;

/// As large in the picture, at the distance that the focal length leaves for it. Farther away than it is, perspective
/// changes less than the error of the size, by which the distance then errs, too.
CropCamera focused(CropCamera camera, double focal_length) {
    camera.distance = std::min(camera.distance, std::max(focal_length / camera.scale, nearest_distance));
    return camera;
}

/// One photo under several cameras, each alone.
class Hypotheses {
public:
    Hypotheses(const View& view, const std::vector<CameraHypothesis>& hypotheses, const RefinementNetwork& network,
               const priors::CategoryPrior& prior)
        : network_(&network), prior_(&prior), size_(view.rgb.width) {
        for (const auto& hypothesis : hypotheses) cameras_.push_back(hypothesis.camera);
        View posed = view;
        posed.camera = camera_of(cameras_.front(), size_);
        posed.weight = 1;
        photo_ = network.encode({&posed, 1});
    }

    /// The prior after `iterations` steps under each camera.
    void refine(int iterations) {
        std::vector<render::Camera> cameras;
        for (const auto& camera : cameras_) cameras.push_back(camera_of(camera, size_));
        const auto encoded = network_->posed(*photo_, 0, cameras);
        alone_.clear();
        for (int i = 0; i < encoded->count(); ++i) alone_.push_back(encoded->pick({&i, 1}));
        shapes_.assign(cameras_.size(), prior_->mean);
        for (int t = 0; t < iterations; ++t) shapes_ = network_->step_batch(queries(t));
    }

    /// By the shapes, how good they are, and better cameras.
    [[nodiscard]] std::vector<CameraJudgement> judge() const { return network_->judge_cameras(queries(0), cameras_); }

    void correct() {
        const auto judgements = judge();
        for (std::size_t i = 0; i < cameras_.size(); ++i) cameras_[i] = judgements[i].better;
    }

    [[nodiscard]] const std::vector<CropCamera>& cameras() const { return cameras_; }
    [[nodiscard]] const std::vector<render::VoxelGrid>& shapes() const { return shapes_; }

private:
    [[nodiscard]] std::vector<RefinementQuery> queries(int iteration) const {
        std::vector<RefinementQuery> queries;
        for (std::size_t i = 0; i < shapes_.size(); ++i) {
            queries.push_back({alone_[i].get(), prior_, &shapes_[i], iteration});
        }
        return queries;
    }

    const RefinementNetwork* network_;
    const priors::CategoryPrior* prior_;
    int size_;
    std::unique_ptr<EncodedViews> photo_;
    std::vector<CropCamera> cameras_;
    std::vector<std::unique_ptr<EncodedViews>> alone_;
    std::vector<render::VoxelGrid> shapes_;
};

CameraDecision decide(const View& view, const CameraEstimator& estimator, const RefinementNetwork& network,
                      const priors::CategoryPrior& prior, const render::VoxelGrid& likeness,
                      const CameraDecisionOptions& options, const std::function<bool()>& superseded) {
    const auto pause = [&] {
        if (superseded && superseded()) throw Interrupted("nobody waits for the cameras any more");
    };
    pause();
    auto estimates = estimator.estimate(view, likeness, options.search);
    pause();
    const auto outline = outline_points(likeness);
    for (auto& estimate : estimates) {
        estimate.camera.distance = usual_distance;
        estimate.camera = framed_stretched(estimate.camera, outline, view.mask);
    }
    Hypotheses hypotheses(view, estimates, network, prior);
    const bool judged = network.judges_cameras() && options.iterations > 0;
    for (int round = 0; judged && round < options.corrections; ++round) {
        hypotheses.refine(1);
        hypotheses.correct();
        pause();
    }
    if (options.iterations > 0) hypotheses.refine(options.iterations);
    std::vector<CameraJudgement> judgements;
    if (judged) judgements = hypotheses.judge();
    CameraDecision decision;
    double total = 0;
    for (std::size_t i = 0; i < estimates.size(); ++i) {
        CameraCandidate candidate{hypotheses.cameras()[i], estimates[i].confidence};
        if (options.iterations > 0) {
            candidate.silhouette_iou =
                silhouette_iou(hypotheses.shapes()[i], network.threshold(), candidate.camera, view.mask);
            candidate.confidence *= std::exp(options.silhouette_weight * (candidate.silhouette_iou - 1));
        }
        if (judged) {
            candidate.expected_iou = judgements[i].expected_iou;
            candidate.confidence *= std::exp(options.quality_weight * (*candidate.expected_iou - 1));
        }
        total += candidate.confidence;
        decision.push_back(candidate);
    }
    for (auto& candidate : decision) candidate.confidence /= std::max(total, 1e-30);
    std::stable_sort(decision.begin(), decision.end(),
                     [](const auto& a, const auto& b) { return a.confidence > b.confidence; });
    return decision;
}

/// Candidates of less belief change nothing that one could see.
constexpr double least_belief = 0.05;

}  // namespace

std::unique_ptr<EncodedViews> encode_decided(const RefinementNetwork& network, std::span<const View> views,
                                             const std::vector<CameraDecision>& decisions, int most) {
    std::vector<render::Camera> cameras;
    std::vector<double> beliefs;
    if (views.size() == 1 && decisions.size() == 1) {
        for (const auto& candidate : decisions.front()) {
            if (static_cast<int>(cameras.size()) >= most || candidate.confidence < least_belief) break;
            cameras.push_back(camera_of(candidate.camera, views.front().rgb.width));
            beliefs.push_back(candidate.confidence);
        }
    }
    if (cameras.size() < 2) return network.encode(views);
    View photo = views.front();
    photo.camera = cameras.front();
    const auto encoded = network.posed(*network.encode({&photo, 1}), 0, cameras);
    std::vector<MixedViews::Alternative> alternatives;
    alternatives.reserve(cameras.size());
    for (int i = 0; i < encoded->count(); ++i) {
        alternatives.push_back({encoded->pick({&i, 1}), beliefs[static_cast<std::size_t>(i)]});
    }
    return std::make_unique<MixedViews>(std::move(alternatives));
}

CropCamera usual_camera(const View& view) {
    return framed_stretched({.azimuth = 35, .elevation = 15, .distance = usual_distance},
                            outline_points(render::VoxelGrid(1)), view.mask);
}

double silhouette_iou(const render::VoxelGrid& occupancy, float threshold, const CropCamera& camera,
                      const render::FloatImage& mask) {
    const auto drawn =
        render::picture_of_field(sharpened(occupancy, threshold), camera_of(camera, silhouette_size)).coverage;
    const auto wanted = render::resize(mask, silhouette_size, silhouette_size);
    double both = 0;
    double either = 0;
    for (std::size_t i = 0; i < drawn.pixels.size(); ++i) {
        both += std::min(drawn.pixels[i], wanted.pixels[i]);
        either += std::max(drawn.pixels[i], wanted.pixels[i]);
    }
    return either > 0 ? both / either : 1;
}

std::vector<CameraDecision> decide_cameras(std::span<View> views, const CameraEstimator& estimator,
                                           const RefinementNetwork& network, const priors::CategoryPrior& prior,
                                           const CameraDecisionOptions& options,
                                           const std::function<bool()>& superseded) {
    std::vector<CameraDecision> decisions(views.size());
    std::vector<std::size_t> open;
    for (std::size_t v = 0; v < views.size(); ++v) {
        if (!views[v].camera) open.push_back(v);
    }
    const auto take = [&](std::size_t v, CameraDecision decision) {
        decisions[v] = std::move(decision);
        // Not before: the networks judge and correct cameras at about `usual_distance`, as they were trained to, and do
        // both worse elsewhere, while the shape gains by the true one.
        if (v < options.focal_lengths.size() && options.focal_lengths[v]) {
            for (auto& candidate : decisions[v])
                candidate.camera = focused(candidate.camera, *options.focal_lengths[v]);
        }
        views[v].camera = camera_of(decisions[v].front().camera, views[v].rgb.width);
    };
    if (is_empty(prior.mean)) {
        for (const std::size_t v : open) take(v, {{usual_camera(views[v])}});
        return decisions;
    }
    for (const std::size_t v : open)
        take(v, decide(views[v], estimator, network, prior, prior.mean, options, superseded));
    for (int round = 0; views.size() > 1 && !open.empty() && round < options.rounds; ++round) {
        const auto encoded = network.encode(views);
        const render::VoxelGrid shape =
            refined_shape(network, *encoded, prior, network.iterations_for(encoded->count()));
        if (is_empty(shape)) break;
        for (const std::size_t v : open)
            take(v, decide(views[v], estimator, network, prior, shape, options, superseded));
    }
    return decisions;
}

}  // namespace maquette::recon
