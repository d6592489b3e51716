#include "recon/train/covariate_training.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

#include "recon/data/random_stream.h"
#include "recon/encoders/capture_limits.h"
#include "recon/eval/capture_regions.h"
#include "recon/eval/capture_scores.h"
#include "recon/eval/photo_degradation.h"
#include "recon/eval/prior_sampler.h"
#include "recon/refine/refinement_network.h"
#include "recon/train/covariate_task.h"
#include "recon/train/optimizer.h"
#include "render/error.h"
#include "render/io/safetensors.h"

namespace maquette::recon {
namespace {

constexpr std::uint64_t degradation_seed = 11;
constexpr std::int64_t chunk = 512;
constexpr double study_rate = 1e-3;  // as published
constexpr double warmup = 0.05;

Rows all_rows(const CaptureSamples& samples) {
    Rows rows(static_cast<std::size_t>(samples.size()));
    std::iota(rows.begin(), rows.end(), 0);
    return rows;
}

/// Views of training and validation shapes in one, the latter last.
struct Split {
    CaptureSamples samples;
    Rows training;
    Rows validation;
};

Split split_of(const ShapeDataset& dataset, const CaptureSettings& settings) {
    auto shapes = shapes_of(dataset, priors::Split::train);
    const auto kept_apart = shapes_of(dataset, priors::Split::validation);
    if (shapes.empty() || kept_apart.empty()) {
        throw InputError("the dataset lacks training or validation shapes; build it from the whole catalogue");
    }
    const auto training = shapes.size();
    shapes.insert(shapes.end(), kept_apart.begin(), kept_apart.end());
    Split split{capture_samples(dataset, shapes, settings), {}, {}};
    for (std::int64_t row = 0; row < split.samples.size(); ++row) {
        const auto place = std::find(shapes.begin(), shapes.end(), split.samples.shape[static_cast<std::size_t>(row)]);
        (place - shapes.begin() < static_cast<std::ptrdiff_t>(training) ? split.training : split.validation)
            .push_back(row);
    }
    return split;
}

/// Weights that also hold how photos were taken.
class DomainTask : public CovariateTask {
public:
    DomainTask(const Split& split, const Settings& settings, double false_alarms, std::string data_digest)
        : CovariateTask(split.samples, split.training, split.validation, settings, std::move(data_digest)),
          split_(&split),
          false_alarms_(false_alarms) {}

    void write_weights(const std::filesystem::path& path, const Parameters& average,
                       const std::map<std::string, std::string>& metadata) const override {
        const auto network = trained(average);
        encoders::CaptureLimits limits;
        const auto& covariates = split_->samples.covariates;
        const auto training = index_tensor(split_->training);
        const auto validation = index_tensor(split_->validation);
        limits.map = encoders::fit_covariates(features_of(network, training),
                                              network.standardised(covariates.index_select(0, training)));
        const auto read = limits.map(features_of(network, validation)) * network.scale + network.mean;
        set_ranges(limits, covariates.index_select(0, validation),
                   read.narrow(1, 0, static_cast<std::int64_t>(encoders::camera_covariates)), false_alarms_);
        render::SafetensorsFile file;
        file.metadata = metadata;
        add_network(file, network);
        add_limits(file, limits);
        render::write_safetensors(path, file);
    }

private:
    /// Of the pictures alone.
    [[nodiscard]] torch::Tensor features_of(const encoders::CovariateNetwork& network,
                                            const torch::Tensor& rows) const {
        const at::NoGradGuard no_gradient;
        std::vector<torch::Tensor> parts;
        for (std::int64_t begin = 0; begin < rows.size(0); begin += chunk) {
            const auto some = rows.narrow(0, begin, std::min(chunk, rows.size(0) - begin));
            parts.push_back(network.features(network.parameters, pictures_of(split_->samples, some),
                                             encoders::unknown_covariates(some.size(0), network.config.covariates)));
        }
        return at::cat(parts);
    }

    const Split* split_;
    double false_alarms_;
};

CovariateArm arm_of(const std::string& name) {
    static const std::map<std::string, CovariateArm> arms = {{"none", {.input = false, .regression = 0}},
                                                             {"input", {.input = true, .regression = 0}},
                                                             {"regress", {.input = false}},
                                                             {"both", {}},
                                                             {"forget", {.input = false, .regression = -0.5}},
                                                             {"placebo", {.shuffled = true}}};
    return arms.at(name);
}

Parameters trained_briefly(CovariateTask& task, int steps, std::uint64_t seed) {
    auto parameters = initial_parameters(task.parameter_shapes(), seed);
    for (auto& [name, tensor] : parameters) tensor.requires_grad_(true);
    Optimizer optimizer({}, parameters);
    for (int step = 0; step < steps; ++step) {
        task.begin_batch(step);
        task.loss(parameters, 0).backward();
        clip_gradients(parameters, 1);
        optimizer.step(parameters, study_rate * cosine_schedule(static_cast<double>(step) / steps, warmup));
    }
    for (auto& [name, tensor] : parameters) tensor.requires_grad_(false);
    return parameters;
}

}  // namespace

void train_covariates(const CovariateTrainingOptions& options,
                      const std::function<void(const TrainingProgress&)>& progress, const std::stop_token& stop) {
    check_trainer_options(options);
    for (const double share : {options.unknown_fraction, options.degraded_fraction, options.false_alarms}) {
        if (share < 0 || share > 1) throw UsageError(fmt::format("a share of {} is not within 0 and 1", share));
    }
    configure_compute(options.threads);
    const ShapeDataset dataset(options.dataset);
    const auto split = split_of(dataset, {.views = options.views, .change = [&](View& view, std::uint64_t number) {
                                              RandomStream random(degradation_seed, number);
                                              if (!random.chance(options.degraded_fraction)) return;
                                              degrade_photo(view, random);
                                              recrop(view, random);
                                          }});
    DomainTask task(split,
                    {.arm = {.regression = options.regression},
                     .unknown_fraction = options.unknown_fraction,
                     .batch_size = options.batch_size,
                     .seed = options.seed},
                    options.false_alarms, dataset.digest());
    run_training(task, options, progress, stop);
}

void train_covariate_study(const CovariateStudyOptions& options,
                           const std::function<void(const std::string&, double)>& progress,
                           const std::stop_token& stop) {
    if (options.views < 1 || options.seeds < 1 || options.steps < 1) {
        throw UsageError(fmt::format("views {}, seeds {} and steps {} must be above 0", options.views, options.seeds,
                                     options.steps));
    }
    configure_compute(options.threads);
    const ShapeDataset dataset(options.dataset);
    const auto samples =
        capture_samples(dataset, shapes_of(dataset, priors::Split::train), {.views = options.views, .change = {}});
    const auto cut = regions_of(samples);
    const auto regions = cut.of(samples);
    const auto& arms = covariate_arm_names();
    const double runs = static_cast<double>(arms.size()) * capture_region_count * options.seeds;
    double done = 0;
    for (int seed = 1; seed <= options.seeds; ++seed) {
        for (int region = 0; region < capture_region_count; ++region) {
            Rows rows = all_rows(samples);
            std::erase_if(rows, [&](std::int64_t row) { return regions[static_cast<std::size_t>(row)] == region; });
            for (const auto& arm : arms) {
                const std::string name = fmt::format("{}-{}-{}", arm, region, seed);
                if (stop.stop_requested()) throw Interrupted("interrupted; the same command goes on");
                if (progress) progress(name, done / runs);
                ++done;
                const auto file = options.output / (name + ".safetensors");
                if (std::filesystem::exists(file)) continue;
                const auto number = static_cast<std::uint64_t>(seed);
                CovariateTask task(samples, rows, {rows.front()},
                                   {.arm = arm_of(arm), .batch_size = options.batch_size, .seed = number},
                                   dataset.digest());
                const auto parameters = trained_briefly(task, options.steps, number);
                task.write_weights(file, parameters,
                                   {{"architecture", encoders::covariate_architecture},
                                    {"arm", arm},
                                    {"region", std::to_string(region)},
                                    {"seed", std::to_string(seed)},
                                    {"steps", std::to_string(options.steps)},
                                    {"elevation", fmt::format("{}", cut.elevation)},
                                    {"field_of_view", fmt::format("{}", cut.field_of_view)},
                                    {"data_digest", dataset.digest()}});
            }
        }
    }
}

}  // namespace maquette::recon
