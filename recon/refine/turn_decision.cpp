#include "recon/refine/turn_decision.h"

#include <algorithm>
#include <cmath>

#include "recon/refine/camera_decision.h"
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

}  // namespace

TurnDecision decide_turn(std::span<const View> views, const WorldPlacement& start, const render::VoxelGrid& prior,
                         const std::vector<std::vector<CameraHypothesis>>& hypotheses,
                         const TurnDecisionOptions& options) {
    const Trials trials(views, start, prior, hypotheses, options);
    std::vector<Trial> all;
    for (double turn = 0; turn < 360 - options.step / 2; turn += options.step) all.push_back(trials.at(turn));
    const auto better = [](const Trial& a, const Trial& b) { return a.score < b.score; };
    Trial best = *std::max_element(all.begin(), all.end(), better);
    const double sureness = std::min(independent_views, static_cast<double>(views.size()));
    double total = 0;
    double near = 0;
    for (const Trial& trial : all) {
        const double belief = std::exp(sureness * (trial.score - best.score));
        total += belief;
        if (std::abs(std::remainder(trial.turn - best.turn, 360.0)) <= 2 * options.step) near += belief;
    }
    for (double step = options.step / 2; step >= finest_step; step /= 2) {
        for (const Trial& trial : {trials.at(best.turn - step), trials.at(best.turn + step)}) {
            if (trial.score > best.score) best = trial;
        }
    }
    return {.placement = best.placement, .turn = std::remainder(best.turn, 360.0), .confidence = near / total};
}

}  // namespace maquette::recon
