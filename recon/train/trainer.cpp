#include "recon/train/trainer.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "recon/train/optimizer.h"
#include "recon/train/training_log.h"
#include "render/error.h"
#include "render/io/safetensors.h"

namespace maquette::recon {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double warmup_fraction = 0.02;

Parameters clone(const Parameters& parameters) {
    Parameters copy;
    for (const auto& [name, tensor] : parameters) copy[name] = tensor.detach().clone();
    return copy;
}

/// Untrained, but for what options.start_from holds.
Parameters first_parameters(const TrainingTask& task, const TrainerOptions& options) {
    auto parameters = clone(task.first_parameters(options.seed));
    if (options.start_from.empty()) return parameters;
    const auto file = render::read_safetensors(options.start_from);
    std::size_t used = 0;
    for (auto& [name, tensor] : parameters) {
        auto found = file.tensors.find(name);
        if (found == file.tensors.end()) found = file.tensors.find(task.name_elsewhere(name));
        if (found == file.tensors.end()) continue;
        const auto trained = tensor_from(found->second);
        if (trained.sizes() != tensor.sizes()) continue;
        tensor = trained.to(torch::kFloat32);
        ++used;
    }
    if (used == 0) {
        throw InputError(fmt::format("{}: nothing in it fits {}; give weights of that network, or none",
                                     options.start_from.string(), task.architecture()));
    }
    return parameters;
}

class Trainer {
public:
    Trainer(TrainingTask& task, const TrainerOptions& options)
        : task_(&task),
          options_(options),
          parameters_(first_parameters(task, options)),
          average_(clone(parameters_)),
          optimizer_({options.optimizer, options.weight_decay}, parameters_),
          checkpoint_(options.output / "checkpoint.safetensors") {
        if (options_.resume && std::filesystem::exists(checkpoint_)) load_checkpoint();
        for (auto& [name, tensor] : parameters_) tensor.requires_grad_(task.learns(name));
    }

    void run(const std::function<void(const TrainingProgress&)>& progress, const std::stop_token& stop) {
        TrainingLog log(options_.output / "log.jsonl", options_.resume ? step_ : -1);
        const double elapsed_before = elapsed_;
        const auto start = Clock::now();
        auto last_save = start;
        long long samples = 0;
        double smoothed_loss = 0;
        while (progress_fraction() < 1 && !stop.stop_requested() && task_->reason_to_stop().empty()) {
            const double loss = train_batch();
            samples += options_.batch_size;
            elapsed_ = elapsed_before + std::chrono::duration<double>(Clock::now() - start).count();
            smoothed_loss = smoothed_loss == 0 ? loss : 0.95 * smoothed_loss + 0.05 * loss;
            nlohmann::json line = {
                {"step", step_}, {"batch", batches_}, {"loss", loss}, {"seconds", elapsed_}, {"rate", learning_rate()}};
            for (const auto& [name, figure] : task_->figures()) line[name] = figure;
            const std::string reason = task_->reason_to_stop();
            if (!reason.empty()) line["stopped"] = reason;
            const bool due = step_ / options_.validate_every != validated_ / options_.validate_every;
            if (due || !reason.empty() || progress_fraction() >= 1) {
                const auto result = validate();
                line["validation"] = result.figure;
                line["facts"] = result.facts;
            }
            log.append(line.dump());
            if (Clock::now() - last_save > std::chrono::duration<double>(options_.checkpoint_minutes * 60)) {
                save_checkpoint();
                last_save = Clock::now();
            }
            if (progress) {
                const double rate = static_cast<double>(samples) / std::max(elapsed_ - elapsed_before, 1e-9);
                const double fraction = std::max(progress_fraction(), 1e-6);
                progress({step_, options_.steps, smoothed_loss, std::max(best_.figure, 0.0), rate,
                          elapsed_ * (1 / fraction - 1)});
            }
        }
        const std::string reason = task_->reason_to_stop();
        if (!reason.empty()) fmt::print(stderr, "training ended at step {}: {}\n", step_, reason);
        if (validated_ != step_) validate();
        save_checkpoint();
        if (stop.stop_requested() && progress_fraction() < 1) {
            throw Interrupted(fmt::format("training stopped at step {}; go on with --resume", step_));
        }
    }

private:
    [[nodiscard]] double progress_fraction() const {
        const double by_steps = static_cast<double>(step_) / static_cast<double>(options_.steps);
        const double by_time = options_.max_minutes > 0 ? elapsed_ / (60 * options_.max_minutes) : 0;
        return std::max(by_steps, by_time);
    }

    [[nodiscard]] double learning_rate() const {
        // Adadelta sets its own step sizes; the paper runs it at a constant rate.
        if (options_.optimizer == "adadelta") return options_.learning_rate;
        if (options_.constant_after > 0) {
            const double share = static_cast<double>(step_ + 1) / static_cast<double>(options_.constant_after);
            return options_.learning_rate * std::min(share, 1.0);
        }
        return options_.learning_rate * cosine_schedule(progress_fraction(), warmup_fraction);
    }

    /// Returns the mean loss of the batch's iterations.
    double train_batch() {
        task_->begin_batch(batches_);
        double loss_sum = 0;
        const int iterations = task_->iterations();
        for (int i = 0; i < iterations; ++i) {
            const auto loss = task_->loss(parameters_, i);
            loss.backward();
            loss_sum += loss.item<double>();
            clip_gradients(parameters_, options_.gradient_clip);
            optimizer_.step(parameters_, learning_rate());
            ++step_;
            update_average(average_, parameters_, options_.ema_decay, step_);
            if (i + 1 < iterations) {
                const at::NoGradGuard no_gradient;
                task_->after_step(parameters_);
            }
        }
        ++batches_;
        return loss_sum / iterations;
    }

    TrainingTask::Validation validate() {
        auto result = task_->validate(average_);
        validated_ = step_;
        if (result.figure > best_.figure) {
            best_ = result;
            export_weights();
        }
        return result;
    }

    void export_weights() const {
        auto metadata = best_.facts;
        metadata["architecture"] = task_->architecture();
        metadata["validation"] = fmt::format("{:.4f}", best_.figure);
        metadata["steps"] = std::to_string(step_);
        metadata["samples"] = std::to_string(batches_ * options_.batch_size);
        metadata["minutes"] = fmt::format("{:.1f}", elapsed_ / 60);
        metadata["optimizer"] = options_.optimizer;
        metadata["seed"] = std::to_string(options_.seed);
        metadata["data_digest"] = task_->data_digest();
        task_->write_weights(options_.output / "weights.safetensors", average_, metadata);
    }

    void save_checkpoint() const {
        render::SafetensorsFile file;
        add_parameters(file, parameters_, render::TensorType::f32, "model.");
        add_parameters(file, average_, render::TensorType::f32, "average.");
        optimizer_.save(file);
        const nlohmann::json state = {{"architecture", task_->architecture()},
                                      {"step", step_},
                                      {"batches", batches_},
                                      {"validated", validated_},
                                      {"elapsed", elapsed_},
                                      {"best_figure", best_.figure},
                                      {"best_facts", best_.facts},
                                      {"data_digest", task_->data_digest()},
                                      {"memory", task_->memory()}};
        file.metadata["state"] = state.dump();
        render::write_safetensors(checkpoint_, file);
    }

    void load_checkpoint() {
        const auto file = render::read_safetensors(checkpoint_);
        const std::string what = checkpoint_.string();
        const auto found = file.metadata.find("state");
        const auto state = nlohmann::json::parse(found == file.metadata.end() ? "" : found->second, nullptr, false);
        if (!state.is_object() || state.value("architecture", "") != task_->architecture()) {
            throw InputError(
                fmt::format("{}: not a checkpoint of {}; start without --resume", what, task_->architecture()));
        }
        if (state.value("data_digest", "") != task_->data_digest()) {
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
        task_->recall(state.value("memory", ""));
        best_ = {state.value("best_figure", -1.0), state.value("best_facts", best_.facts)};
    }

    void load_prefixed(Parameters& parameters, const render::SafetensorsFile& file, const std::string& prefix,
                       const std::string& what) const {
        render::SafetensorsFile part;
        for (const auto& [name, data] : file.tensors) {
            if (name.rfind(prefix, 0) == 0) part.tensors[name.substr(prefix.size())] = data;
        }
        parameters = parameters_from(part, task_->parameter_shapes(), what);
    }

    TrainingTask* task_;
    TrainerOptions options_;
    Parameters parameters_;
    Parameters average_;
    Optimizer optimizer_;
    std::filesystem::path checkpoint_;
    long long step_ = 0;
    long long batches_ = 0;
    long long validated_ = 0;
    double elapsed_ = 0;                           ///< seconds, over all resumed runs
    TrainingTask::Validation best_{.figure = -1};  ///< below any: the first validation writes weights
};

}  // namespace

void TrainingTask::write_weights(const std::filesystem::path& path, const Parameters& average,
                                 const std::map<std::string, std::string>& metadata) const {
    render::SafetensorsFile file;
    add_parameters(file, average, render::TensorType::f16);
    file.metadata = metadata;
    render::write_safetensors(path, file);
}

void check_trainer_options(const TrainerOptions& o) {
    if (o.batch_size < 1 || o.steps < 1 || o.learning_rate <= 0 || o.validate_every < 1 || o.max_minutes < 0) {
        throw UsageError(
            fmt::format("batch size {}, steps {}, validate-every {} and learning rate {} must be above 0, max minutes "
                        "{} not below",
                        o.batch_size, o.steps, o.validate_every, o.learning_rate, o.max_minutes));
    }
}

void run_training(TrainingTask& task, const TrainerOptions& options,
                  const std::function<void(const TrainingProgress&)>& progress, const std::stop_token& stop) {
    check_trainer_options(options);
    Trainer(task, options).run(progress, stop);
}

}  // namespace maquette::recon
