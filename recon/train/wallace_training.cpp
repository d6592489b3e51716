#include "recon/train/wallace_training.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "recon/eval/dataset_views.h"
#include "recon/eval/metrics.h"
#include "recon/refine/refinement_network.h"
#include "recon/refine/tensor_conversion.h"
#include "recon/refine/wallace2019.h"
#include "recon/refine/wallace2019_network.h"
#include "recon/train/optimizer.h"
#include "recon/train/training_batch.h"
#include "recon/train/training_log.h"
#include "render/error.h"

namespace maquette::recon {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double warmup_fraction = 0.02;
constexpr int validation_views = 4;
constexpr int validation_iterations = 3;
constexpr std::array<float, 10> validation_thresholds = {0.15F, 0.2F,  0.25F, 0.3F,  0.35F,
                                                         0.4F,  0.45F, 0.5F,  0.55F, 0.6F};

struct Validation {
    double iou = 0;
    float threshold = 0.4F;
    int iterations = 1;
};

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

    [[nodiscard]] Validation run(const Parameters& parameters) const {
        const at::NoGradGuard no_gradient;
        std::array<std::array<double, validation_thresholds.size()>, validation_iterations> sums{};
        constexpr std::int64_t chunk = 16;
        for (std::int64_t begin = 0; begin < images_.size(0); begin += chunk) {
            const std::int64_t count = std::min(chunk, images_.size(0) - begin);
            const auto codes = wallace2019::encode_images(parameters, images_.narrow(0, begin, count));
            auto voxels = priors_.narrow(0, begin, count);
            for (auto& row : sums) {
                voxels = at::sigmoid(wallace2019::refine_logits(parameters, codes, voxels));
                for (std::int64_t i = 0; i < count; ++i) {
                    const auto grid = voxel_grid_from(voxels[i], render::default_grid_side);
                    const auto& truth = truths_[truth_of_[static_cast<std::size_t>(begin + i)]];
                    for (std::size_t t = 0; t < row.size(); ++t) row[t] += iou(grid, truth, validation_thresholds[t]);
                }
            }
        }
        Validation best;
        for (std::size_t i = 0; i < sums.size(); ++i) {
            for (std::size_t t = 0; t < validation_thresholds.size(); ++t) {
                const double mean = sums[i][t] / static_cast<double>(images_.size(0));
                if (mean > best.iou) best = {mean, validation_thresholds[t], static_cast<int>(i) + 1};
            }
        }
        return best;
    }

private:
    torch::Tensor images_;
    torch::Tensor priors_;
    std::vector<render::VoxelGrid> truths_;
    std::vector<std::size_t> truth_of_;
};

void check(const WallaceTrainingOptions& o) {
    if (o.batch_size < 1 || o.refine_iterations < 1 || o.steps < 1 || o.learning_rate <= 0 || o.max_shots < 1 ||
        o.validate_every < 1 || o.max_minutes < 0) {
        throw UsageError(fmt::format(
            "batch size {}, refine iterations {}, steps {}, shots {}, validate-every {} and learning rate {} must be "
            "above 0, max minutes {} not below",
            o.batch_size, o.refine_iterations, o.steps, o.max_shots, o.validate_every, o.learning_rate, o.max_minutes));
    }
}

class WallaceTrainer {
public:
    explicit WallaceTrainer(const WallaceTrainingOptions& options)
        : options_(options),
          dataset_(options.dataset),
          source_(dataset_, shapes_of(dataset_, priors::Split::train),
                  {options.batch_size, wallace2019::image_size, options.max_shots, options.zero_prior_fraction,
                   options.mirror, options.seed}),
          validator_(dataset_, source_.sampler(), options.seed),
          parameters_(initial_parameters(wallace2019::parameter_shapes(), options.seed)),
          average_(clone(parameters_)),
          optimizer_({options.optimizer, options.weight_decay}, parameters_),
          checkpoint_(options.output / "checkpoint.safetensors") {
        if (options_.resume && std::filesystem::exists(checkpoint_)) load_checkpoint();
        for (auto& [name, tensor] : parameters_) tensor.requires_grad_(true);
    }

    void run(const std::function<void(const TrainingProgress&)>& progress, const std::stop_token& stop) {
        TrainingLog log(options_.output / "log.jsonl", options_.resume ? step_ : -1);
        const double elapsed_before = elapsed_;
        const auto start = Clock::now();
        auto last_save = start;
        long long samples = 0;
        double smoothed_loss = 0;
        while (progress_fraction() < 1 && !stop.stop_requested()) {
            const TrainingBatch batch = source_.batch(batches_);
            const double loss = train_batch(batch);
            ++batches_;
            samples += options_.batch_size;
            elapsed_ = elapsed_before + std::chrono::duration<double>(Clock::now() - start).count();
            smoothed_loss = smoothed_loss == 0 ? loss : 0.95 * smoothed_loss + 0.05 * loss;
            nlohmann::json line = {
                {"step", step_}, {"batch", batches_}, {"loss", loss}, {"seconds", elapsed_}, {"rate", learning_rate()}};
            if (step_ / options_.validate_every != validated_ / options_.validate_every) {
                const Validation result = validate();
                line["validation_iou"] = result.iou;
                line["threshold"] = result.threshold;
                line["iterations"] = result.iterations;
            }
            log.append(line.dump());
            if (Clock::now() - last_save > std::chrono::duration<double>(options_.checkpoint_minutes * 60)) {
                save_checkpoint();
                last_save = Clock::now();
            }
            if (progress) {
                const double rate = static_cast<double>(samples) / std::max(elapsed_ - elapsed_before, 1e-9);
                const double fraction = std::max(progress_fraction(), 1e-6);
                progress({step_, options_.steps, smoothed_loss, best_.iou, rate, elapsed_ * (1 / fraction - 1)});
            }
        }
        if (validated_ != step_) validate();
        save_checkpoint();
        if (stop.stop_requested() && progress_fraction() < 1) {
            throw Interrupted(fmt::format("training stopped at step {}; go on with --resume", step_));
        }
    }

private:
    static Parameters clone(const Parameters& parameters) {
        Parameters copy;
        for (const auto& [name, tensor] : parameters) copy[name] = tensor.detach().clone();
        return copy;
    }

    [[nodiscard]] double progress_fraction() const {
        const double by_steps = static_cast<double>(step_) / static_cast<double>(options_.steps);
        const double by_time = options_.max_minutes > 0 ? elapsed_ / (60 * options_.max_minutes) : 0;
        return std::max(by_steps, by_time);
    }

    [[nodiscard]] double learning_rate() const {
        // Adadelta sets its own step sizes; the paper runs it at a constant rate.
        if (options_.optimizer == "adadelta") return options_.learning_rate;
        return options_.learning_rate * cosine_schedule(progress_fraction(), warmup_fraction);
    }

    /// The published loop: step, predict with the new weights, feed the prediction back as the prior; no gradient
    /// passes from one iteration to the next. Returns the mean loss.
    double train_batch(const TrainingBatch& batch) {
        auto voxels = batch.priors;
        double loss_sum = 0;
        for (int i = 0; i < options_.refine_iterations; ++i) {
            const auto codes = wallace2019::encode_images(parameters_, batch.images);
            const auto logits = wallace2019::refine_logits(parameters_, codes, voxels);
            const auto loss = at::binary_cross_entropy_with_logits(logits, batch.targets);
            loss.backward();
            loss_sum += loss.item<double>();
            clip_gradients(parameters_, options_.gradient_clip);
            optimizer_.step(parameters_, learning_rate());
            ++step_;
            update_average(average_, parameters_, options_.ema_decay, step_);
            if (i + 1 < options_.refine_iterations) {
                const at::NoGradGuard no_gradient;
                voxels = at::sigmoid(wallace2019::refine_logits(
                    parameters_, wallace2019::encode_images(parameters_, batch.images), voxels));
            }
        }
        return loss_sum / options_.refine_iterations;
    }

    Validation validate() {
        const Validation result = validator_.run(average_);
        validated_ = step_;
        if (result.iou > best_.iou) {
            best_ = result;
            export_weights();
        }
        return result;
    }

    void export_weights() const {
        render::SafetensorsFile file;
        add_parameters(file, average_, render::TensorType::f16);
        file.metadata = {{"architecture", wallace2019_architecture},
                         {"threshold", fmt::format("{}", best_.threshold)},
                         {"iterations", std::to_string(best_.iterations)},
                         {"validation_iou", fmt::format("{:.4f}", best_.iou)},
                         {"steps", std::to_string(step_)},
                         {"samples", std::to_string(batches_ * options_.batch_size)},
                         {"minutes", fmt::format("{:.1f}", elapsed_ / 60)},
                         {"optimizer", options_.optimizer},
                         {"seed", std::to_string(options_.seed)},
                         {"data_digest", dataset_.digest()}};
        render::write_safetensors(options_.output / "weights.safetensors", file);
    }

    void save_checkpoint() const {
        render::SafetensorsFile file;
        add_parameters(file, parameters_, render::TensorType::f32, "model.");
        add_parameters(file, average_, render::TensorType::f32, "average.");
        optimizer_.save(file);
        const nlohmann::json state = {{"step", step_},
                                      {"batches", batches_},
                                      {"validated", validated_},
                                      {"elapsed", elapsed_},
                                      {"best_iou", best_.iou},
                                      {"best_threshold", best_.threshold},
                                      {"best_iterations", best_.iterations},
                                      {"data_digest", dataset_.digest()}};
        file.metadata["state"] = state.dump();
        render::write_safetensors(checkpoint_, file);
    }

    void load_checkpoint() {
        const auto file = render::read_safetensors(checkpoint_);
        const std::string what = checkpoint_.string();
        const auto found = file.metadata.find("state");
        const auto state = nlohmann::json::parse(found == file.metadata.end() ? "" : found->second, nullptr, false);
        if (!state.is_object()) {
            throw InputError(fmt::format("{}: not a training checkpoint; start without --resume", what));
        }
        if (state.value("data_digest", "") != dataset_.digest()) {
            throw InputError(fmt::format("{}: made from other data ({}) than {} holds; start without --resume", what,
                                         state.value("data_digest", "?"), options_.dataset.string()));
        }
        load_prefixed(parameters_, file, "model.", what);
        load_prefixed(average_, file, "average.", what);
        optimizer_.load(file, what);
        step_ = state.value("step", 0LL);
        batches_ = state.value("batches", 0LL);
        validated_ = state.value("validated", 0LL);
        elapsed_ = state.value("elapsed", 0.0);
        best_ = {state.value("best_iou", 0.0), state.value("best_threshold", 0.4F), state.value("best_iterations", 1)};
    }

    static void load_prefixed(Parameters& parameters, const render::SafetensorsFile& file, const std::string& prefix,
                              const std::string& what) {
        render::SafetensorsFile part;
        for (const auto& [name, data] : file.tensors) {
            if (name.rfind(prefix, 0) == 0) part.tensors[name.substr(prefix.size())] = data;
        }
        parameters = parameters_from(part, wallace2019::parameter_shapes(), what);
    }

    WallaceTrainingOptions options_;
    ShapeDataset dataset_;
    BatchSource source_;
    Validator validator_;
    Parameters parameters_;
    Parameters average_;
    Optimizer optimizer_;
    std::filesystem::path checkpoint_;
    long long step_ = 0;
    long long batches_ = 0;
    long long validated_ = 0;
    double elapsed_ = 0;  ///< seconds, over all resumed runs
    Validation best_;
};

}  // namespace

void train_wallace2019(const WallaceTrainingOptions& options,
                       const std::function<void(const TrainingProgress&)>& progress, std::stop_token stop) {
    check(options);
    configure_compute(options.threads);
    WallaceTrainer(options).run(progress, stop);
}

}  // namespace maquette::recon
