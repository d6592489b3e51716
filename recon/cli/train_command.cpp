#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <stop_token>
#include <string>

#include "recon/cli/commands.h"
#include "recon/cli/interrupt.h"
#include "recon/cli/output_files.h"
#include "recon/cli/preference_sources.h"
#include "recon/cli/progress_bar.h"
#include "recon/cli/shipped_weights.h"
#include "recon/refine/refinement_network.h"
#include "recon/train/covariate_training.h"
#include "recon/train/ensemble_fitting.h"
#include "render/error.h"
#include "render/parallel.h"

namespace maquette::recon::cli {
namespace {

template <typename Options>
using Train = void (*)(const Options&, const std::function<void(const TrainingProgress&)>&, const std::stop_token&);

template <typename Options>
int run(const std::string& stage, const Options& training, Train<Options> train) {
    check_writable(training.output / "log.jsonl");
    render::set_thread_count(training.threads);
    configure_compute(training.threads);
    const InterruptGuard interrupt;
    {
        ProgressBar bar("train");
        train(
            training,
            [&](const TrainingProgress& progress) {
                const double by_steps = static_cast<double>(progress.step) / static_cast<double>(progress.steps);
                const double minutes_left = progress.seconds_left / 60;
                const double by_time = 1 - minutes_left / training.max_minutes;
                bar.update(std::max(by_steps, by_time),
                           fmt::format("step {}, loss {:.4f}, validation {:.3f}, {:.0f} samples/s", progress.step,
                                       progress.loss, progress.validation_figure, progress.samples_per_second),
                           progress.seconds_left);
            },
            interrupt.token());
    }
    if (interrupt.requested()) {
        throw Interrupted(fmt::format("interrupted; continue with `maquette train {} --resume -o {}`", stage,
                                      training.output.string()));
    }
    fmt::print("{}\n", (training.output / "weights.safetensors").string());
    return exit_done;
}

}  // namespace

int run_train_wallace(const TrainWallaceOptions& options) {
    return run<WallaceTrainingOptions>("wallace2019", options.training, train_wallace2019);
}

int run_train_refiner(const TrainRefinerOptions& options) {
    return run<FlagshipTrainingOptions>("refiner", options.training, train_flagship);
}

int run_train_camera(const TrainCameraOptions& options) {
    return run<CameraTrainingOptions>("camera", options.training, train_camera);
}

int run_train_novel_view(const TrainNovelViewOptions& options) {
    return run<NovelViewTrainingOptions>("novel-view", options.training, train_novel_view);
}

int run_train_mask(const TrainMaskOptions& options) {
    return run<MaskTrainingOptions>("mask", options.training, train_mask);
}

int run_train_encoder(const TrainEncoderOptions& options) {
    return run<EncoderTrainingOptions>("encoder", options.training, train_encoder);
}

int run_train_covariates(const TrainCovariatesOptions& options) {
    return run<CovariateTrainingOptions>("covariates", options.training, train_covariates);
}

int run_train_covariate_study(const TrainCovariateStudyOptions& options) {
    check_writable(options.study.output / "log.jsonl");
    render::set_thread_count(options.study.threads);
    const InterruptGuard interrupt;
    {
        ProgressBar bar("train");
        train_covariate_study(
            options.study, [&](const std::string& run, double share) { bar.update(share, run); }, interrupt.token());
    }
    fmt::print("{}\n", options.study.output.string());
    return exit_done;
}

int run_train_ensemble(const TrainEnsembleOptions& options) {
    check_extension(options.output, {".safetensors"});
    check_writable(options.output);
    render::set_thread_count(options.threads);
    configure_compute(options.threads);
    fit_ensemble({.dataset = options.dataset,
                  .output = options.output,
                  .encoders = {options.encoders.begin(), options.encoders.end()},
                  .views = options.views,
                  .seed = options.seed});
    fmt::print("{}\n", options.output.string());
    return exit_done;
}

int run_train_dpo(const TrainDpoOptions& given) {
    TrainDpoOptions options = given;
    PreferenceTrainingOptions& training = options.training;
    PreferenceMakingOptions& making = options.making;
    training.base = resolve_weights(training.base, novel_view_model);
    options.refiner_weights = resolve_weights(options.refiner_weights, flagship_model, "--refiner-weights");
    if (making.pairs.empty()) making.pairs = training.output / "pairs.mqr";
    making.dataset = training.dataset;
    making.margin = training.margin;
    making.seed = training.seed;
    making.threads = training.threads;
    training.preferences.sampler_steps = making.sampler_steps;
    if (making.wanted > 0 || making.minutes > 0) check_writable(making.pairs);
    check_writable(training.output / "log.jsonl");
    configure_compute(training.threads);
    {
        const InterruptGuard interrupt;
        training.pair_files = gather_preferences(options, interrupt.token());
    }
    if (!options.train) {
        for (const auto& file : training.pair_files) fmt::print("{}\n", file.string());
        return exit_done;
    }
    return run<PreferenceTrainingOptions>("dpo", training, train_preferences);
}

}  // namespace maquette::recon::cli
