#include "recon/train/camera_training.h"

#include <ATen/Functions.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "recon/eval/dataset_views.h"
#include "recon/refine/camera_estimate.h"
#include "recon/refine/camera_network.h"
#include "recon/refine/refinement_network.h"
#include "recon/train/camera_batch.h"
#include "recon/train/trainer.h"
#include "render/error.h"

namespace maquette::recon {
namespace {

constexpr int validation_views = 4;
constexpr double correction_weight = 0.3;
constexpr double right = 30;    // degrees of azimuth
constexpr double turned = 150;  // degrees of azimuth

class CameraTask : public TrainingTask {
public:
    explicit CameraTask(const CameraTrainingOptions& options)
        : seed_(options.seed),
          hypotheses_(options.samples.hypotheses),
          dataset_(options.dataset),
          source_(dataset_, shapes_of(dataset_, priors::Split::train), samples_of(options)) {
        if (shapes_of(dataset_, priors::Split::validation).empty()) {
            throw InputError("the dataset holds no validation shapes; build it from the whole catalogue");
        }
    }

    [[nodiscard]] std::string architecture() const override { return camera_architecture; }
    [[nodiscard]] std::vector<ParameterShape> parameter_shapes() const override {
        return camera_network::parameter_shapes();
    }
    [[nodiscard]] std::string data_digest() const override { return dataset_.digest(); }

    /// The photo's first convolutions are those of image_trunk.h.
    [[nodiscard]] std::string name_elsewhere(const std::string& parameter) const override {
        constexpr std::string_view own = "photo.";
        return parameter.starts_with(own) ? "image." + parameter.substr(own.size()) : std::string();
    }

    void begin_batch(long long number) override { batch_ = source_.batch(number); }

    torch::Tensor loss(const Parameters& parameters, int /*iteration*/) override {
        const auto photo = camera_network::encode_images(parameters, batch_.images);
        const auto match = camera_network::match(parameters, photo, batch_.viewpoint_pictures);
        const auto together = at::log_softmax(match + photo.direct, 1);
        const auto cross_entropy = [](const torch::Tensor& targets, const torch::Tensor& beliefs) {
            return -(targets * beliefs).sum(1).mean();
        };
        // The match must be worth something by itself: the photo's own guess knows the training shapes by heart.
        const auto matching = 0.5 * cross_entropy(batch_.viewpoint_targets, at::log_softmax(match, 1)) +
                              0.5 * cross_entropy(batch_.viewpoint_targets, together);

        const auto about = camera_hypotheses(batch_.compared, together, hypotheses_);
        const auto m = about.targets.size(0);
        const auto h = about.targets.size(1);
        const auto features = photo.features.index_select(0, about.photos);
        const auto repeated =
            features.unsqueeze(1).expand({m, h, -1, -1, -1}).reshape({m * h, features.size(1), 16, 16});
        const auto comparison = camera_network::compare(parameters, repeated, about.pictures);
        // Judged as in use, with what the match said before.
        const auto before = together.index_select(0, about.photos).gather(1, about.viewpoints).detach();
        const auto classification =
            cross_entropy(about.targets, at::log_softmax(comparison.score.view({m, h}) + before, 1));
        const auto error =
            at::smooth_l1_loss(comparison.correction, about.corrections, at::Reduction::None, 0.3).mean(1);
        const auto regression = (error * about.correction_weights).sum() / about.correction_weights.sum().clamp_min(1);
        return matching + classification + correction_weight * regression;
    }

    /// Share of 1-shot queries on the validation shapes whose azimuth is right within 30 degrees.
    [[nodiscard]] Validation validate(const Parameters& average) override {
        const CameraEstimator estimator(average);
        std::mt19937_64 random(seed_);
        int count = 0;
        int close = 0;
        int flipped = 0;
        for (const int shape : shapes_of(dataset_, priors::Split::validation)) {
            const auto& info = dataset_.shapes()[static_cast<std::size_t>(shape)];
            for (int v = 0; v < std::min(validation_views, info.view_count); ++v) {
                const View view = view_of(dataset_, shape, v * info.view_count / validation_views);
                const auto prior = source_.sampler().mean(source_.sampler().draw(info.category, shape, 1, random));
                const auto found = estimator.estimate(view, prior);
                const double error = std::abs(azimuth_between(found.front().camera, crop_camera_of(*view.camera)));
                ++count;
                close += error <= right ? 1 : 0;
                flipped += error > turned ? 1 : 0;
            }
        }
        return {static_cast<double>(close) / count,
                {{"azimuth_within_30", fmt::format("{:.3f}", static_cast<double>(close) / count)},
                 {"azimuth_flipped", fmt::format("{:.3f}", static_cast<double>(flipped) / count)}}};
    }

private:
    static CameraBatchSettings samples_of(const CameraTrainingOptions& options) {
        CameraBatchSettings settings = options.samples;
        settings.batch_size = options.batch_size;
        settings.seed = options.seed;
        return settings;
    }

    std::uint64_t seed_;
    int hypotheses_;
    ShapeDataset dataset_;
    CameraBatchSource source_;
    CameraBatch batch_;
};

}  // namespace

void train_camera(const CameraTrainingOptions& options, const std::function<void(const TrainingProgress&)>& progress,
                  const std::stop_token& stop) {
    check_trainer_options(options);
    configure_compute(options.threads);
    CameraTask task(options);
    run_training(task, options, progress, stop);
}

}  // namespace maquette::recon
