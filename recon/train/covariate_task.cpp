#include "recon/train/covariate_task.h"

#include <ATen/Functions.h>
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "recon/data/random_stream.h"
#include "recon/encoders/activation_regression.h"
#include "recon/encoders/capture.h"
#include "recon/eval/capture_scores.h"
#include "render/error.h"
#include "render/io/safetensors.h"

namespace maquette::recon {
namespace {

constexpr double eighths = 8;
// Cross-entropies of a cell and of a category differ that much in size.
constexpr double shape_weight = 10;
constexpr double least_scale = 1e-6;

double mean_of_known(const std::vector<double>& values) {
    double sum = 0;
    double count = 0;
    for (const double value : values) {
        if (value < 0) continue;
        sum += value;
        ++count;
    }
    return count > 0 ? sum / count : 0;
}

}  // namespace

CovariateTask::CovariateTask(const CaptureSamples& samples, Rows training, Rows validation, const Settings& settings,
                             std::string data_digest)
    : samples_(&samples),
      training_(std::move(training)),
      validation_(std::move(validation)),
      settings_(settings),
      data_digest_(std::move(data_digest)),
      covariates_(settings.arm.shuffled ? shuffled_rows(samples.covariates, settings.seed) : samples.covariates) {
    if (training_.empty() || validation_.empty()) {
        throw UsageError(fmt::format("{} photos to train on and {} to validate with; both need one at least",
                                     training_.size(), validation_.size()));
    }
    network_.config.covariates = static_cast<int>(encoders::covariate_count);
    network_.categories = samples.names;
    network_.input = settings.arm.input;
    if (settings_.batch_size <= network_.config.width) {
        throw UsageError(fmt::format("a batch of {} photos: the regression of covariates on {} features needs more",
                                     settings_.batch_size, network_.config.width));
    }
    const auto known = covariates_.index_select(0, index_tensor(training_));
    network_.mean = known.mean(0);
    network_.scale = (known - network_.mean).pow(2).mean(0).sqrt().clamp_min(least_scale);
}

void CovariateTask::begin_batch(long long number) {
    RandomStream random(settings_.seed + 1, static_cast<std::uint64_t>(number));
    Rows rows(static_cast<std::size_t>(settings_.batch_size));
    for (auto& row : rows) row = training_[static_cast<std::size_t>(random.below(static_cast<int>(training_.size())))];
    rows_ = index_tensor(rows);
    known_ = torch::ones({settings_.batch_size, network_.config.covariates}, torch::kFloat32);
    for (std::int64_t i = 0; i < known_.numel(); ++i) {
        if (random.chance(settings_.unknown_fraction)) known_.data_ptr<float>()[i] = 0;
    }
}

torch::Tensor CovariateTask::loss(const Parameters& p, int /*iteration*/) {
    const auto values = covariates_.index_select(0, rows_);
    const auto features = network_.features(p, pictures_of(*samples_, rows_), network_.shown(values, known_));
    const auto truth = samples_->shapes.index_select(0, rows_).to(torch::kFloat32) / eighths;
    auto total = shape_weight * at::binary_cross_entropy_with_logits(encoders::shape_logits(p, features), truth);
    const auto named = samples_->categories.index_select(0, rows_);
    const auto which = named.ge(0).nonzero().flatten();
    if (which.numel() > 0) {
        total = total + at::cross_entropy_loss(encoders::category_logits(p, features).index_select(0, which),
                                               named.index_select(0, which));
    }
    if (settings_.arm.regression != 0) {
        total = total +
                settings_.arm.regression * encoders::unexplained_covariates(features, network_.standardised(values));
    }
    return total;
}

TrainingTask::Validation CovariateTask::validate(const Parameters& average) {
    const auto found = capture_scores(network_, average, *samples_, index_tensor(validation_), covariates_);
    const double overlap = mean_of_known(found.overlap);
    return {overlap,
            {{"iou", fmt::format("{:.4f}", overlap)},
             {"category_accuracy", fmt::format("{:.4f}", mean_of_known(found.category))}}};
}

encoders::CovariateNetwork CovariateTask::trained(const Parameters& parameters) const {
    encoders::CovariateNetwork network = network_;
    network.parameters = parameters;
    return network;
}

void CovariateTask::write_weights(const std::filesystem::path& path, const Parameters& average,
                                  const std::map<std::string, std::string>& metadata) const {
    render::SafetensorsFile file;
    file.metadata = metadata;
    add_network(file, trained(average));
    render::write_safetensors(path, file);
}

}  // namespace maquette::recon
