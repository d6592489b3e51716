#include "recon/refine/turn_decision.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "recon/refine/refined_shape.h"
#include "recon/refine/stretched_framing.h"

namespace maquette::recon {
namespace {

constexpr double finest_step = 2;  // degrees
/// Views of one object err together: more of them than this make nothing surer.
constexpr double independent_views = 3;

struct Trial {
    WorldPlacement placement;
    double turn = 0;
    double score = 0;  ///< natural logarithm of belief, mean over views
};

class Trials {
public:
    Trials(std::span<const View> views, const WorldPlacement& start, const render::VoxelGrid& prior,
           const std::vector<std::vector<CameraHypothesis>>& hypotheses, const TurnDecisionOptions& options)
        : views_(views),
          start_(start),
          prior_(&prior),
          hypotheses_(&hypotheses),
          options_(options),
          outline_(outline_points(prior)),
          solid_(*std::max_element(prior.values.begin(), prior.values.end()) / 2) {}

    [[nodiscard]] Trial at(double turn) const {
        Trial trial{.placement = fitted_placement(views_, turned(start_, turn), outline_), .turn = turn};
        for (std::size_t i = 0; i < views_.size(); ++i) {
            const render::Camera camera = placed_camera(*views_[i].camera, trial.placement);
            if (!(camera.cam_from_object.translation().z() > 0)) {
                trial.score += std::log(options_.surprise) - options_.silhouette_weight;
                continue;
            }
            const CropCamera seen = crop_camera_of(camera);
            double belief = options_.surprise;
            for (const CameraHypothesis& hypothesis : (*hypotheses_)[i]) {
                const double off = angle_between(hypothesis.camera, seen) / options_.apart;
                belief += (1 - options_.surprise) * hypothesis.confidence * std::exp(-off * off / 2);
            }
            const double overlap = silhouette_iou(*prior_, solid_, seen, views_[i].mask);
            trial.score += std::log(belief) + options_.silhouette_weight * (overlap - 1);
        }
        trial.score /= static_cast<double>(views_.size());
        return trial;
    }

private:
    std::span<const View> views_;
    WorldPlacement start_;
    const render::VoxelGrid* prior_;
    const std::vector<std::vector<CameraHypothesis>>* hypotheses_;
    TurnDecisionOptions options_;
    Eigen::Matrix3Xd outline_;
    float solid_;
};

/// Confidences by the scores, and the best first.
void rank(std::vector<TurnDecision>& turns, std::size_t views) {
    std::stable_sort(turns.begin(), turns.end(),
                     [](const TurnDecision& a, const TurnDecision& b) { return a.score > b.score; });
    const double sureness = std::min(independent_views, static_cast<double>(views));
    double total = 0;
    for (TurnDecision& turn : turns) {
        turn.confidence = std::exp(sureness * (turn.score - turns.front().score));
        total += turn.confidence;
    }
    for (TurnDecision& turn : turns) turn.confidence /= total;
}

}  // namespace

std::vector<TurnDecision> possible_turns(std::span<const View> views, const WorldPlacement& start,
                                         const render::VoxelGrid& prior,
                                         const std::vector<std::vector<CameraHypothesis>>& hypotheses,
                                         const TurnDecisionOptions& options) {
    const Trials trials(views, start, prior, hypotheses, options);
    std::vector<Trial> all;
    for (double turn = 0; turn < 360 - options.step / 2; turn += options.step) all.push_back(trials.at(turn));
    std::stable_sort(all.begin(), all.end(), [](const Trial& a, const Trial& b) { return a.score > b.score; });
    std::vector<Trial> kept;
    for (const Trial& trial : all) {
        const bool near = std::any_of(kept.begin(), kept.end(), [&](const Trial& other) {
            return std::abs(std::remainder(trial.turn - other.turn, 360.0)) < options.different;
        });
        if (!near && static_cast<int>(kept.size()) < options.kept) kept.push_back(trial);
    }
    std::vector<TurnDecision> turns;
    for (Trial& best : kept) {
        for (double step = options.step / 2; step >= finest_step; step /= 2) {
            for (const Trial& trial : {trials.at(best.turn - step), trials.at(best.turn + step)}) {
                if (trial.score > best.score) best = trial;
            }
        }
        turns.push_back({best.placement, std::remainder(best.turn, 360.0), best.score});
    }
    rank(turns, views.size());
    return turns;
}

std::vector<TurnDecision> judged_turns(std::span<const View> views, const std::vector<TurnDecision>& turns,
                                       const RefinementNetwork& network, const priors::CategoryPrior& prior,
                                       const TurnJudgementOptions& options) {
    std::vector<TurnDecision> judged = turns;
    const auto count = static_cast<double>(views.size());
    for (TurnDecision& turn : judged) {
        std::vector<View> posed(views.begin(), views.end());
        std::vector<CropCamera> cameras;
        for (View& view : posed) {
            view.camera = placed_camera(*view.camera, turn.placement);
            if (!(view.camera->cam_from_object.translation().z() > 0)) break;
            cameras.push_back(crop_camera_of(*view.camera));
        }
        if (cameras.size() < posed.size()) {
            turn.score -= options.silhouette_weight + options.quality_weight;
            continue;
        }
        const auto encoded = network.encode(posed);
        const render::VoxelGrid shape =
            refined_shape(network, *encoded, prior, network.iterations_for(encoded->count()));
        for (std::size_t i = 0; i < posed.size(); ++i) {
            const double overlap = silhouette_iou(shape, network.threshold(), cameras[i], posed[i].mask);
            turn.score += options.silhouette_weight * (overlap - 1) / count;
        }
        if (!network.judges_cameras()) continue;
        std::vector<std::unique_ptr<EncodedViews>> alone;
        std::vector<RefinementQuery> queries;
        for (int i = 0; i < encoded->count(); ++i) {
            alone.push_back(encoded->pick({&i, 1}));
            queries.push_back({alone.back().get(), &prior, &prior.mean, 0});
        }
        const std::vector<render::VoxelGrid> shapes = network.step_batch(queries);
        for (std::size_t i = 0; i < queries.size(); ++i) queries[i].current = &shapes[i];
        for (const CameraJudgement& judgement : network.judge_cameras(queries, cameras)) {
            turn.score += options.quality_weight * (judgement.expected_iou - 1) / count;
        }
    }
    rank(judged, views.size());
    return judged;
}

}  // namespace maquette::recon
