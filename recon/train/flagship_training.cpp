#include "recon/train/flagship_training.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "recon/eval/dataset_views.h"
#include "recon/refine/flagship.h"
#include "recon/refine/flagship_network.h"
#include "recon/refine/lifting.h"
#include "recon/refine/refinement_network.h"
#include "recon/refine/tensor_conversion.h"
#include "recon/train/lifted_batch.h"
#include "recon/train/random_stream.h"
#include "recon/train/trainer.h"
#include "recon/train/validation_scores.h"
#include "render/error.h"

namespace maquette::recon {
namespace {

constexpr int validation_views = 4;
constexpr int validation_iterations = 3;
constexpr std::array<float, 8> validation_thresholds = {0.25F, 0.3F, 0.35F, 0.4F, 0.45F, 0.5F, 0.55F, 0.6F};
// Voxel-wise cross-entropy is content with a grey haze; the overlap is what is judged.
constexpr double overlap_weight = 0.5;
constexpr double displacement_weight = 0.1;

/// 1 - soft intersection over union, mean over samples.
torch::Tensor overlap_loss(const torch::Tensor& logits, const torch::Tensor& targets) {
    const auto p = at::sigmoid(logits).flatten(1);
    const auto t = targets.flatten(1);
    const auto both = (p * t).sum(1);
    return (1 - (both + 1) / (p.sum(1) + t.sum(1) - both + 1)).mean();
}

/// Fixed 1-shot queries with true cameras on the validation shapes.
class Validator {
public:
    Validator(const ShapeDataset& dataset, const PriorSampler& sampler, std::uint64_t seed) {
        std::mt19937_64 random(seed);
        std::vector<torch::Tensor> images;
        std::vector<torch::Tensor> projections;
        std::vector<torch::Tensor> priors;
        for (const int shape : shapes_of(dataset, priors::Split::validation)) {
            const auto& info = dataset.shapes()[static_cast<std::size_t>(shape)];
            truths_.push_back(dataset.occupancy(shape, 32));
            for (int v = 0; v < std::min(validation_views, info.view_count); ++v) {
                const View view = view_of(dataset, shape, v * info.view_count / validation_views);
                images.push_back(masked_image_tensor(view, flagship::image_size));
                projections.push_back(projection_tensor(*view.camera));
                const auto prior = sampler.mean(sampler.draw(info.category, shape, 1, random));
                priors.push_back(voxel_tensor(prior, flagship::resolution));
                truth_of_.push_back(truths_.size() - 1);
            }
        }
        if (images.empty()) {
            throw InputError("the dataset holds no validation shapes; build it from the whole catalogue");
        }
        images_ = at::stack(images);
        projections_ = at::stack(projections);
        priors_ = at::cat(priors);
    }

    [[nodiscard]] TrainingTask::Validation run(const Parameters& parameters) const {
        const at::NoGradGuard no_gradient;
        ValidationScores scores(validation_iterations, {validation_thresholds.begin(), validation_thresholds.end()});
        constexpr std::int64_t chunk = 16;
        for (std::int64_t begin = 0; begin < images_.size(0); begin += chunk) {
            const std::int64_t count = std::min(chunk, images_.size(0) - begin);
            const auto views = flagship::lift_images(parameters, images_.narrow(0, begin, count),
                                                     projections_.narrow(0, begin, count));
            const auto scene = flagship::fuse(views, at::ones({count, 1}));
            const auto prior = flagship::prior_logits(priors_.narrow(0, begin, count));
            auto logits = prior;
            for (int step = 0; step < validation_iterations; ++step) {
                logits = flagship::refine(parameters, scene, prior, logits).logits;
                const auto occupancy = at::sigmoid(logits);
                for (std::int64_t i = 0; i < count; ++i) {
                    const auto grid = voxel_grid_from(occupancy[i], render::default_grid_side);
                    scores.add(step, grid, truths_[truth_of_[static_cast<std::size_t>(begin + i)]]);
                }
            }
        }
        return scores.best(images_.size(0));
    }

private:
    torch::Tensor images_;
    torch::Tensor projections_;
    torch::Tensor priors_;
    std::vector<render::VoxelGrid> truths_;
    std::vector<std::size_t> truth_of_;
};

class FlagshipTask : public TrainingTask {
public:
    explicit FlagshipTask(const FlagshipTrainingOptions& options)
        : second_step_fraction_(options.second_step_fraction),
          seed_(options.seed),
          dataset_(options.dataset),
          source_(dataset_, shapes_of(dataset_, priors::Split::train), samples_of(options)),
          validator_(dataset_, source_.sampler(), options.seed) {}

    [[nodiscard]] std::string architecture() const override { return flagship_architecture; }
    [[nodiscard]] std::vector<ParameterShape> parameter_shapes() const override { return flagship::parameter_shapes(); }
    [[nodiscard]] std::string data_digest() const override { return dataset_.digest(); }

    void begin_batch(long long number) override {
        batch_ = source_.batch(number);
        // Another stream than the samples': changing how these are drawn leaves this choice alone.
        second_step_ = RandomStream(seed_ + 1, static_cast<std::uint64_t>(number)).chance(second_step_fraction_);
    }

    torch::Tensor loss(const Parameters& parameters, int /*iteration*/) override {
        const auto scene =
            flagship::fuse(flagship::lift_images(parameters, batch_.images, batch_.projections), batch_.weights);
        const auto prior = flagship::prior_logits(batch_.priors);
        auto current = prior;
        if (second_step_) {
            const at::NoGradGuard no_gradient;
            current = flagship::refine(parameters, scene, prior, current).logits.detach();
        }
        const auto step = flagship::refine(parameters, scene, prior, current);
        return at::binary_cross_entropy_with_logits(step.logits, batch_.targets) +
               overlap_weight * overlap_loss(step.logits, batch_.targets) +
               displacement_weight * step.displacement.pow(2).sum(1).mean();
    }

    [[nodiscard]] Validation validate(const Parameters& average) override { return validator_.run(average); }

private:
    static LiftedBatchSettings samples_of(const FlagshipTrainingOptions& options) {
        LiftedBatchSettings settings = options.samples;
        settings.batch_size = options.batch_size;
        settings.seed = options.seed;
        return settings;
    }

    double second_step_fraction_;
    std::uint64_t seed_;
    ShapeDataset dataset_;
    LiftedBatchSource source_;
    Validator validator_;
    LiftedBatch batch_;
    bool second_step_ = false;
};

}  // namespace

void train_flagship(const FlagshipTrainingOptions& options,
                    const std::function<void(const TrainingProgress&)>& progress, const std::stop_token& stop) {
    check_trainer_options(options);
    configure_compute(options.threads);
    FlagshipTask task(options);
    run_training(task, options, progress, stop);
}

}  // namespace maquette::recon
