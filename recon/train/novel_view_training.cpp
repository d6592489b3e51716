#include "recon/train/novel_view_training.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "recon/data/random_stream.h"
#include "recon/diffusion/novel_view_denoiser.h"
#include "recon/diffusion/picture_figures.h"
#include "recon/diffusion/sampler.h"
#include "recon/diffusion/time_grid.h"
#include "recon/diffusion/view_generation.h"
#include "recon/eval/prior_sampler.h"
#include "recon/refine/refinement_network.h"
#include "recon/train/novel_view_batch.h"
#include "recon/train/trainer.h"
#include "render/error.h"

namespace maquette::recon {
namespace {

using diffusion::mask_overlap;
using diffusion::mean_of;
using diffusion::NoiseSchedule;
using diffusion::NovelViewModel;
using diffusion::psnr;

// sigma / alpha: the range that samplers visit, with a margin.
constexpr double least_noise = 0.01;
constexpr double most_noise = diffusion::purest_noise;
// Of the samples: nothing but noise, as samplers begin. What a network makes of that settles most of a view.
constexpr double pure_noise_share = 0.15;
constexpr std::int64_t validation_chunk = 16;
constexpr int validation_steps = 10;
// sigma / alpha of the levels that weights are judged at: from what samplers begin with to where pixels are settled.
constexpr std::array validation_noise = {diffusion::purest_noise, 3.0, 1.0, 0.3};
constexpr std::uint64_t validation_seed = 20261125;
constexpr std::uint64_t noise_stream = 1;

/// Decibels of pictures with their masks, all channels together.
double decibels(const torch::Tensor& pictures, const torch::Tensor& truth) {
    const double range = 2;  // pictures are -1..1
    const auto errors = (pictures - truth).pow(2).mean({1, 2, 3});
    return (10 * (range * range / errors.clamp_min(1e-10)).log10()).mean().item<double>();
}

/// Fixed pairs of the validation shapes.
class Validator {
public:
    Validator(const ShapeDataset& dataset, const NovelViewTrainingOptions& options, const NovelViewModel& model)
        : model_(&model), geometry_(options.samples.geometry) {
        NovelViewBatchSettings settings = options.samples;
        settings.batch_size = options.validation_pairs;
        settings.seed = validation_seed;
        settings.photo_dropout = 0;
        settings.geometry_dropout = 0;
        settings.degraded_fraction = 0;
        const NovelViewBatchSource source(dataset, shapes_of(dataset, priors::Split::validation), settings);
        pairs_ = source.batch(0);
    }

    [[nodiscard]] TrainingTask::Validation run(const Parameters& parameters) const {
        const at::NoGradGuard no_gradient;
        const auto schedule = NoiseSchedule::cosine();
        const auto grid =
            diffusion::time_grid(schedule, {.steps = validation_steps, .noisiest = diffusion::purest_noise});
        const auto sampler = diffusion::make_sampler({});
        std::vector<torch::Tensor> generated;
        std::array<std::vector<torch::Tensor>, validation_noise.size()> guessed;
        const std::int64_t pairs = pairs_.targets.size(0);
        for (std::int64_t begin = 0; begin < pairs; begin += validation_chunk) {
            const std::int64_t count = std::min(validation_chunk, pairs - begin);
            const auto rows = [&](const torch::Tensor& all) { return all.narrow(0, begin, count); };
            const auto& all = pairs_.conditions;
            const diffusion::NovelViewDenoiser conditional(*model_, parameters,
                                                           {rows(all.photo), rows(all.geometry), rows(all.pose)});
            const diffusion::GuidedDenoiser denoiser(conditional, {});
            const auto targets = rows(pairs_.targets);
            const auto noise =
                diffusion::gaussian_noise(targets.sizes().vec(), validation_seed + static_cast<std::uint64_t>(begin));
            generated.push_back(generate(*sampler, denoiser, sampler->begin(noise), grid).x);
            for (std::size_t l = 0; l < validation_noise.size(); ++l) {
                const auto level = schedule.at(schedule.time_of_log_snr(-2 * std::log(validation_noise[l])));
                guessed[l].push_back(predict_as(denoiser, diffusion::Parameterization::sample,
                                                level.alpha * targets + level.sigma * noise, level));
            }
        }
        const auto views = at::cat(generated);
        TrainingTask::Validation result;
        for (std::size_t l = 0; l < validation_noise.size(); ++l) {
            const auto guesses = at::cat(guessed[l]);
            const double figure = decibels(guesses, pairs_.targets);
            result.figure += figure / validation_noise.size();
            result.facts[fmt::format("denoising_psnr_{:g}", validation_noise[l])] = fmt::format("{:.3f}", figure);
            if (l == 0)
                result.facts["mask_iou_guess"] = fmt::format("{:.4f}", mean_of(mask_overlap(guesses, pairs_.targets)));
        }
        result.facts.insert(
            {{diffusion::novel_view_config_key, diffusion::novel_view_config_json(model_->config())},
             {diffusion::novel_view_geometry_key, geometry_ ? "on" : "off"},
             {"denoising_psnr_suggested",
              fmt::format("{:.3f}", decibels(diffusion::suggested_view(pairs_.conditions), pairs_.targets))},
             {"denoising_psnr", fmt::format("{:.3f}", result.figure)},
             {"psnr", fmt::format("{:.3f}", mean_of(psnr(views, pairs_.targets)))},
             {"mask_iou", fmt::format("{:.4f}", mean_of(mask_overlap(views, pairs_.targets)))},
             {"psnr_copied_photo", fmt::format("{:.3f}", mean_of(psnr(pairs_.conditions.photo, pairs_.targets)))},
             {"mask_iou_copied_photo",
              fmt::format("{:.4f}", mean_of(mask_overlap(pairs_.conditions.photo, pairs_.targets)))}});
        if (geometry_) {
            // The coverage is the first of geometry's channels, the mask the last of a picture's.
            const auto coverage = pairs_.conditions.geometry.narrow(1, 0, 1).expand({-1, 4, -1, -1});
            result.facts["mask_iou_geometry"] = fmt::format("{:.4f}", mean_of(mask_overlap(coverage, pairs_.targets)));
        }
        return result;
    }

private:
    const NovelViewModel* model_;
    bool geometry_;
    NovelViewBatch pairs_;
};

class NovelViewTask : public TrainingTask {
public:
    explicit NovelViewTask(const NovelViewTrainingOptions& options)
        : seed_(options.seed),
          model_(diffusion::novel_view_config(options.width, options.patch)),
          dataset_(options.dataset),
          source_(dataset_, shapes_of(dataset_, priors::Split::train), samples_of(options)),
          validator_(dataset_, options, model_) {}

    [[nodiscard]] std::string architecture() const override { return diffusion::novel_view_architecture; }
    [[nodiscard]] std::vector<ParameterShape> parameter_shapes() const override { return model_.parameter_shapes(); }
    [[nodiscard]] std::string data_digest() const override { return dataset_.digest(); }

    void begin_batch(long long number) override {
        batch_ = source_.batch(number);
        number_ = number;
    }

    torch::Tensor loss(const Parameters& parameters, int /*iteration*/) override {
        const auto n = batch_.targets.size(0);
        const auto schedule = NoiseSchedule::cosine();
        const double first = schedule.time_of_log_snr(-2 * std::log(least_noise));
        const double last = schedule.time_of_log_snr(-2 * std::log(most_noise));
        // Spread evenly over a batch (Kingma et al. 2021, appendix I.1): the loss varies less than by independent
        // draws.
        RandomStream random(seed_ + 2, static_cast<std::uint64_t>(number_));
        const double offset = random.uniform();
        auto alphas = torch::empty({n, 1, 1, 1}, torch::kFloat32);
        auto sigmas = torch::empty({n, 1, 1, 1}, torch::kFloat32);
        auto weights = torch::empty({n}, torch::kFloat32);
        auto timesteps = torch::empty({n}, torch::kFloat32);
        for (std::int64_t i = 0; i < n; ++i) {
            const double share = std::fmod(offset + static_cast<double>(i) / static_cast<double>(n), 1.0);
            const auto level = schedule.at(std::lerp(first, last, std::min(1.0, share / (1 - pure_noise_share))));
            alphas.data_ptr<float>()[i] = static_cast<float>(level.alpha);
            sigmas.data_ptr<float>()[i] = static_cast<float>(level.sigma);
            timesteps.data_ptr<float>()[i] = static_cast<float>(schedule.timestep(level.time));
            // sigma times the error of the velocity is that of x0, and sigma^2 is 1 / (snr + 1).
            weights.data_ptr<float>()[i] =
                static_cast<float>(diffusion::trained_error_weight(level) / (std::exp(level.log_snr()) + 1));
        }
        const auto noise_seed = (seed_ << 40U) + static_cast<std::uint64_t>(number_ * n);
        const auto noise = diffusion::gaussian_noise(batch_.targets.sizes().vec(), noise_seed, noise_stream);
        const auto x = alphas * batch_.targets + sigmas * noise;
        const auto velocity = alphas * noise - sigmas * batch_.targets;
        const auto tokens = model_.encode_photo(parameters, batch_.conditions.photo);
        const auto predicted = model_.velocity(parameters, x, timesteps, batch_.conditions, tokens);
        return ((predicted - velocity).pow(2).mean({1, 2, 3}) * weights).mean();
    }

    [[nodiscard]] Validation validate(const Parameters& average) override { return validator_.run(average); }

private:
    static NovelViewBatchSettings samples_of(const NovelViewTrainingOptions& options) {
        NovelViewBatchSettings settings = options.samples;
        settings.batch_size = options.batch_size;
        settings.seed = options.seed;
        return settings;
    }

    std::uint64_t seed_;
    NovelViewModel model_;
    ShapeDataset dataset_;
    NovelViewBatchSource source_;
    Validator validator_;
    NovelViewBatch batch_;
    long long number_ = 0;
};

}  // namespace

void train_novel_view(const NovelViewTrainingOptions& options,
                      const std::function<void(const TrainingProgress&)>& progress, const std::stop_token& stop) {
    check_trainer_options(options);
    if (options.validation_pairs < 1) {
        throw UsageError(fmt::format("validation pairs {} must be above 0", options.validation_pairs));
    }
    configure_compute(options.threads);
    NovelViewTask task(options);
    run_training(task, options, progress, stop);
}

}  // namespace maquette::recon
