#include "recon/train/wallace_training.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "recon/eval/dataset_views.h"
#include "recon/refine/refinement_network.h"
#include "recon/refine/tensor_conversion.h"
#include "recon/refine/wallace2019.h"
#include "recon/refine/wallace2019_network.h"
#include "recon/train/trainer.h"
#include "recon/train/training_batch.h"
#include "recon/train/validation_scores.h"
#include "render/error.h"

namespace maquette::recon {
namespace {

constexpr int validation_views = 4;
constexpr int validation_iterations = 3;
constexpr std::array<float, 10> validation_thresholds = {0.15F, 0.2F,  0.25F, 0.3F,  0.35F,
                                                         0.4F,  0.45F, 0.5F,  0.55F, 0.6F};

/// Fixed 1-shot queries on the validation shapes: which threshold and how many iterations do best, and how well.
class Validator {
public:
    Validator(const ShapeDataset& dataset, const PriorSampler& sampler, std::uint64_t seed) {
        std::mt19937_64 random(seed);
        std::vector<torch::Tensor> images;
        std::vector<torch::Tensor> priors;
        for (const int shape : shapes_of(dataset, priors::Split::validation)) {
            const auto& info = dataset.shapes()[static_cast<std::size_t>(shape)];
            truths_.push_back(dataset.occupancy(shape, 32));
            for (int v = 0; v < std::min(validation_views, info.view_count); ++v) {
                const int view = v * info.view_count / validation_views;
                images.push_back(image_tensor(view_of(dataset, shape, view), wallace2019::image_size));
                const auto prior = sampler.mean(sampler.draw(info.category, shape, 1, random));
                priors.push_back(voxel_tensor(prior, wallace2019::resolution));
                truth_of_.push_back(truths_.size() - 1);
            }
        }
        if (images.empty())
            throw InputError("the dataset holds no validation shapes; build it from the whole catalogue");
        images_ = at::stack(images);
        priors_ = at::cat(priors);
    }

    [[nodiscard]] TrainingTask::Validation run(const Parameters& parameters) const {
        const at::NoGradGuard no_gradient;
        ValidationScores scores(validation_iterations, {validation_thresholds.begin(), validation_thresholds.end()});
        constexpr std::int64_t chunk = 16;
        for (std::int64_t begin = 0; begin < images_.size(0); begin += chunk) {
            const std::int64_t count = std::min(chunk, images_.size(0) - begin);
            const auto codes = wallace2019::encode_images(parameters, images_.narrow(0, begin, count));
            auto voxels = priors_.narrow(0, begin, count);
            for (int step = 0; step < validation_iterations; ++step) {
                voxels = at::sigmoid(wallace2019::refine_logits(parameters, codes, voxels));
                for (std::int64_t i = 0; i < count; ++i) {
                    const auto grid = voxel_grid_from(voxels[i], render::default_grid_side);
                    scores.add(step, grid, truths_[truth_of_[static_cast<std::size_t>(begin + i)]]);
                }
            }
        }
        return scores.best(images_.size(0));
    }

private:
    torch::Tensor images_;
    torch::Tensor priors_;
    std::vector<render::VoxelGrid> truths_;
    std::vector<std::size_t> truth_of_;
};

/// The published loop: step, predict with the new weights, feed the prediction back as the prior; no gradient passes
/// from one iteration to the next.
class WallaceTask : public TrainingTask {
public:
    explicit WallaceTask(const WallaceTrainingOptions& options)
        : iterations_(options.refine_iterations),
          dataset_(options.dataset),
          source_(dataset_, shapes_of(dataset_, priors::Split::train),
                  {options.batch_size, wallace2019::image_size, options.max_shots, options.zero_prior_fraction,
                   options.mirror, options.seed}),
          validator_(dataset_, source_.sampler(), options.seed) {}

    [[nodiscard]] std::string architecture() const override { return wallace2019_architecture; }
    [[nodiscard]] std::vector<ParameterShape> parameter_shapes() const override {
        return wallace2019::parameter_shapes();
    }
    [[nodiscard]] std::string data_digest() const override { return dataset_.digest(); }
    [[nodiscard]] int iterations() const override { return iterations_; }

    void begin_batch(long long number) override {
        batch_ = source_.batch(number);
        voxels_ = batch_.priors;
    }

    torch::Tensor loss(const Parameters& parameters, int /*iteration*/) override {
        return at::binary_cross_entropy_with_logits(predict(parameters), batch_.targets);
    }

    void after_step(const Parameters& parameters) override { voxels_ = at::sigmoid(predict(parameters)); }

    [[nodiscard]] Validation validate(const Parameters& average) override { return validator_.run(average); }

private:
    [[nodiscard]] torch::Tensor predict(const Parameters& parameters) const {
        return wallace2019::refine_logits(parameters, wallace2019::encode_images(parameters, batch_.images), voxels_);
    }

    int iterations_;
    ShapeDataset dataset_;
    BatchSource source_;
    Validator validator_;
    TrainingBatch batch_;
    torch::Tensor voxels_;
};

}  // namespace

void train_wallace2019(const WallaceTrainingOptions& options,
                       const std::function<void(const TrainingProgress&)>& progress, const std::stop_token& stop) {
    check_trainer_options(options);
    if (options.refine_iterations < 1 || options.max_shots < 1) {
        throw UsageError(fmt::format("refine iterations {} and shots {} must be above 0", options.refine_iterations,
                                     options.max_shots));
    }
    configure_compute(options.threads);
    WallaceTask task(options);
    run_training(task, options, progress, stop);
}

}  // namespace maquette::recon
