#include "recon/train/preference_task.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "recon/data/random_stream.h"
#include "recon/diffusion/affine_step.h"
#include "recon/diffusion/denoiser.h"
#include "recon/diffusion/time_grid.h"
#include "recon/train/optimizer.h"
#include "render/error.h"
#include "render/median.h"

namespace maquette::recon {
namespace {

using diffusion::NoiseLevel;
using diffusion::NoiseSchedule;
using diffusion::Parameterization;
using Row = PreferenceSubject::Row;

// The authors' beta: good enough to find a better one with.
constexpr double probe_beta = 5000;
constexpr int probe_steps = 20;
constexpr int measured_probe_steps = 10;  // the last ones
constexpr double wanted_median_margin = 0.75;
// One batch's winners may be worse by chance.
constexpr double sum_decay = 0.95;
constexpr long long least_summed = 20;
constexpr int validation_times = 8;
constexpr std::size_t validation_chunk = 8;
constexpr std::uint64_t validation_seed = 20261125;
constexpr std::uint64_t noise_stream = 2;
constexpr double least_time = 0.01;
constexpr double most_time = 0.96;

/// Held out are whole groups in an order by lot, until their pairs are enough; at least one group stays on each side.
std::vector<bool> drawn_out(const PreferenceSubject& subject, double share, std::uint64_t seed) {
    std::map<std::string, std::vector<int>> groups;
    for (int pair = 0; pair < subject.pair_count(); ++pair) groups[subject.group_of(pair)].push_back(pair);
    if (groups.size() < 2) {
        throw InputError(
            fmt::format("{} pairs of {} shapes to learn preferences from; make more, of two shapes or more",
                        subject.pair_count(), groups.size()));
    }
    std::vector<std::vector<int>> order;
    for (auto& [name, pairs] : groups) order.push_back(std::move(pairs));
    RandomStream random(seed, 0);
    for (std::size_t i = order.size(); i > 1; --i) {
        std::swap(order[i - 1], order[static_cast<std::size_t>(random.below(static_cast<int>(i)))]);
    }
    std::vector<bool> out(static_cast<std::size_t>(subject.pair_count()), false);
    double count = 0;
    for (std::size_t g = 0; g + 1 < order.size(); ++g) {
        if (g > 0 && count >= share * subject.pair_count()) break;
        for (const int pair : order[g]) out[static_cast<std::size_t>(pair)] = true;
        count += static_cast<double>(order[g].size());
    }
    return out;
}

double mean_of(const torch::Tensor& values) {
    return values.detach().mean().item<double>();
}

}  // namespace

void check_preference_options(const PreferenceOptions& o) {
    if (o.objective != "dpo" && o.objective != "winners" && o.objective != "shuffled") {
        throw UsageError(fmt::format("objective '{}' is unknown; use dpo, winners or shuffled", o.objective));
    }
    if (o.times != "sampler" && o.times != "all") {
        throw UsageError(fmt::format("times '{}' are unknown; use sampler or all", o.times));
    }
    const auto share = [](double value) { return value >= 0 && value <= 1; };
    if (o.beta < 0 || o.winner_anchor < 0 || o.winner_limit < 0 || o.sampler_steps < 1 || !share(o.photo_dropout) ||
        !share(o.geometry_dropout) || !(o.held_out >= 0 && o.held_out < 1)) {
        throw UsageError(fmt::format(
            "beta {}, winner anchor {} and winner limit {} must not be below 0, sampler steps {} above 0, "
            "dropout {} and {} and the held-out share {} within 0..1",
            o.beta, o.winner_anchor, o.winner_limit, o.sampler_steps, o.photo_dropout, o.geometry_dropout, o.held_out));
    }
}

PreferenceTask::PreferenceTask(const PreferenceSubject& subject, const PreferenceOptions& options,
                               const TrainerOptions& trainer, std::string architecture, std::string data_digest,
                               WriteWeights write)
    : subject_(&subject),
      options_(options),
      trainer_(trainer),
      architecture_(std::move(architecture)),
      data_digest_(std::move(data_digest)),
      write_(std::move(write)),
      beta_(options.beta) {
    check_preference_options(options);
    levels_ =
        diffusion::time_grid(NoiseSchedule::cosine(), {.steps = options.sampler_steps, .noisiest = subject.noisiest()});
    levels_.pop_back();
    const auto out = drawn_out(subject, options.held_out, trainer.seed);
    for (int pair = 0; pair < subject.pair_count(); ++pair) {
        (out[static_cast<std::size_t>(pair)] ? held_out_ : training_).push_back(pair);
    }
}

bool PreferenceTask::turned(int pair) const {
    if (options_.objective != "shuffled") return false;
    return RandomStream(trainer_.seed + 3, static_cast<std::uint64_t>(pair)).chance(0.5);
}

PreferenceTask::Batch PreferenceTask::batch_of(std::vector<Row> rows, std::uint64_t noise_seed) const {
    Batch batch{.rows = std::move(rows)};
    std::vector<torch::Tensor> winners;
    std::vector<torch::Tensor> losers;
    for (const Row& row : batch.rows) {
        const auto pictures = subject_->pictures(row.pair);
        const bool swap = turned(row.pair);
        winners.push_back(pictures[swap ? 1 : 0]);
        losers.push_back(pictures[swap ? 0 : 1]);
    }
    batch.winners = at::stack(winners);
    batch.losers = at::stack(losers);
    batch.noise = diffusion::gaussian_noise(batch.winners.sizes().vec(), noise_seed, noise_stream);
    return batch;
}

PreferenceTask::Batch PreferenceTask::draw(long long number) const {
    RandomStream random(trainer_.seed + 1, static_cast<std::uint64_t>(number));
    std::vector<Row> rows(static_cast<std::size_t>(trainer_.batch_size));
    for (Row& row : rows) {
        row.pair = training_[static_cast<std::size_t>(random.below(static_cast<int>(training_.size())))];
        row.level = options_.times == "all"
                        ? NoiseSchedule::cosine().at(std::lerp(least_time, most_time, random.uniform()))
                        : levels_[static_cast<std::size_t>(random.below(static_cast<int>(levels_.size())))];
        row.shown.photo = !random.chance(options_.photo_dropout);
        row.shown.geometry = !random.chance(options_.geometry_dropout);
    }
    return batch_of(std::move(rows), (trainer_.seed << 40U) + static_cast<std::uint64_t>(number * trainer_.batch_size));
}

diffusion::PreferenceErrors PreferenceTask::errors(const Parameters& parameters, const Batch& batch) const {
    const auto n = static_cast<std::int64_t>(batch.rows.size());
    auto factors = torch::empty({5, n}, torch::kFloat32);
    for (std::int64_t i = 0; i < n; ++i) {
        const NoiseLevel& level = batch.rows[static_cast<std::size_t>(i)].level;
        const auto output = mixture_of(subject_->parameterization(), level);
        const auto noise = step_to(subject_->parameterization(), level, mixture_of(Parameterization::epsilon, level));
        const std::array values{level.alpha, level.sigma, output.data, output.noise,
                                noise.output_scale * noise.output_scale * subject_->noise_error_weight(level)};
        for (std::size_t k = 0; k < values.size(); ++k) {
            factors[static_cast<std::int64_t>(k)][i] = static_cast<float>(values[k]);
        }
    }
    const auto factor = [&](std::int64_t k) { return factors[k].view({n, 1, 1, 1}).repeat({2, 1, 1, 1}); };
    const auto data = at::cat({batch.winners, batch.losers});
    const auto noise = at::cat({batch.noise, batch.noise});
    const auto x = factor(0) * data + factor(1) * noise;
    const auto truth = factor(2) * data + factor(3) * noise;
    std::vector<Row> rows = batch.rows;
    rows.insert(rows.end(), batch.rows.begin(), batch.rows.end());
    const auto weights = factors[4].repeat({2});
    const auto errors_of = [&](const Parameters& network) {
        return (subject_->predict(network, x, rows) - truth).pow(2).mean({1, 2, 3}) * weights;
    };
    const auto own = errors_of(parameters);
    torch::Tensor reference;
    {
        const at::NoGradGuard no_gradient;
        reference = errors_of(subject_->reference());
    }
    return {own.narrow(0, 0, n), own.narrow(0, n, n), reference.narrow(0, 0, n), reference.narrow(0, n, n)};
}

/// Steps on a copy of the weights, at the full rate: as far as the first steps of training will lead.
double PreferenceTask::calibrated_beta() const {
    Parameters parameters;
    for (const auto& [name, tensor] : subject_->reference()) {
        parameters[name] = tensor.detach().clone().requires_grad_(true);
    }
    Optimizer optimizer({trainer_.optimizer, trainer_.weight_decay}, parameters);
    std::vector<double> gaps;
    for (int step = 0; step < probe_steps; ++step) {
        const auto found = errors(parameters, draw(step));
        if (step >= probe_steps - measured_probe_steps) {
            const auto gap = ((found.winner - found.loser) - (found.reference_winner - found.reference_loser))
                                 .detach()
                                 .abs()
                                 .to(torch::kFloat64)
                                 .contiguous();
            gaps.insert(gaps.end(), gap.data_ptr<double>(), gap.data_ptr<double>() + gap.numel());
        }
        preference_loss(found, {.beta = probe_beta, .winner_anchor = options_.winner_anchor * probe_beta})
            .loss.backward();
        clip_gradients(parameters, trainer_.gradient_clip);
        optimizer.step(parameters, trainer_.learning_rate);
    }
    const double median = render::median_of(std::move(gaps));
    if (!(median > 0)) {
        throw InputError(
            "preferences could not be weighed: the probe steps changed nothing; give beta a value, or a "
            "higher learning rate");
    }
    return 2 * wanted_median_margin / median;
}

void PreferenceTask::begin_batch(long long number) {
    if (beta_ == 0 && options_.objective != "winners") beta_ = calibrated_beta();
    batch_ = draw(number);
}

torch::Tensor PreferenceTask::loss(const Parameters& parameters, int /*iteration*/) {
    const auto found = errors(parameters, batch_);
    const double winner = mean_of(found.winner);
    const double reference = mean_of(found.reference_winner);
    figures_ = {{"winner_error", winner},
                {"loser_error", mean_of(found.loser)},
                {"reference_winner_error", reference},
                {"reference_loser_error", mean_of(found.reference_loser)}};
    winner_sum_ = sum_decay * winner_sum_ + winner;
    reference_sum_ = sum_decay * reference_sum_ + reference;
    ++summed_;
    if (options_.objective == "winners") return found.winner.mean();
    const auto result = preference_loss(found, {.beta = beta_, .winner_anchor = options_.winner_anchor * beta_});
    figures_["implicit_accuracy"] = result.implicit_accuracy;
    figures_["median_margin"] = result.median_margin;
    figures_["beta"] = beta_;
    return result.loss;
}

TrainingTask::Validation PreferenceTask::validate(const Parameters& average) {
    const at::NoGradGuard no_gradient;
    // Times spread over the sampler's, the same ones for every pair and every validation.
    std::vector<Row> all;
    for (const int pair : held_out_) {
        for (int k = 0; k < validation_times; ++k) {
            const auto place = (2 * static_cast<std::size_t>(k) + 1) * levels_.size() / (2 * validation_times);
            all.push_back({.pair = pair, .level = levels_[place]});
        }
    }
    double right = 0;
    double winner = 0;
    double loser = 0;
    double reference_winner = 0;
    double reference_loser = 0;
    for (std::size_t begin = 0; begin < all.size(); begin += validation_chunk) {
        const auto end = std::min(all.size(), begin + validation_chunk);
        const std::vector<Row> rows(all.begin() + static_cast<std::ptrdiff_t>(begin),
                                    all.begin() + static_cast<std::ptrdiff_t>(end));
        const auto found = errors(average, batch_of(rows, validation_seed + begin));
        const auto gap = (found.winner - found.loser) - (found.reference_winner - found.reference_loser);
        right += (gap < 0).sum().item<double>();
        winner += found.winner.sum().item<double>();
        loser += found.loser.sum().item<double>();
        reference_winner += found.reference_winner.sum().item<double>();
        reference_loser += found.reference_loser.sum().item<double>();
    }
    Validation result;
    result.figure =
        options_.objective == "winners" ? 1 - winner / reference_winner : right / static_cast<double>(all.size());
    const auto percent = [](double now, double before) { return fmt::format("{:+.2f} %", 100 * (now / before - 1)); };
    result.facts = {{"objective", options_.objective},
                    {"beta", fmt::format("{:.6g}", beta_)},
                    {"pairs", std::to_string(training_.size())},
                    {"held_out_pairs", std::to_string(held_out_.size())},
                    {"held_out_accuracy", fmt::format("{:.4f}", right / static_cast<double>(all.size()))},
                    {"held_out_winner_error", percent(winner, reference_winner)},
                    {"held_out_loser_error", percent(loser, reference_loser)}};
    return result;
}

std::string PreferenceTask::reason_to_stop() const {
    if (summed_ < least_summed || winner_sum_ <= (1 + options_.winner_limit) * reference_sum_) return {};
    return fmt::format("the preferred pictures' error is {:.1f} % above the reference's, {:.1f} % is the limit",
                       100 * (winner_sum_ / reference_sum_ - 1), 100 * options_.winner_limit);
}

std::string PreferenceTask::memory() const {
    return nlohmann::json{
        {"beta", beta_}, {"winner_sum", winner_sum_}, {"reference_sum", reference_sum_}, {"summed", summed_}}
        .dump();
}

void PreferenceTask::recall(const std::string& memory) {
    const auto state = nlohmann::json::parse(memory, nullptr, /*allow_exceptions=*/false);
    if (!state.is_object())
        throw InputError("the checkpoint lacks what preference training knew; start without --resume");
    if (options_.beta == 0) beta_ = state.value("beta", 0.0);
    winner_sum_ = state.value("winner_sum", 0.0);
    reference_sum_ = state.value("reference_sum", 0.0);
    summed_ = state.value("summed", 0LL);
}

void PreferenceTask::write_weights(const std::filesystem::path& path, const Parameters& average,
                                   const std::map<std::string, std::string>& metadata) const {
    write_(path, average, metadata);
}

}  // namespace maquette::recon
