#include "recon/eval/capture_scores.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "recon/eval/prior_sampler.h"

namespace maquette::recon {
namespace {

constexpr std::int64_t chunk = 512;
constexpr int half_full = 4;  // eighths

}  // namespace

torch::Tensor index_tensor(const std::vector<std::int64_t>& rows) {
    auto index = torch::empty({static_cast<std::int64_t>(rows.size())}, torch::kInt64);
    std::copy(rows.begin(), rows.end(), index.data_ptr<std::int64_t>());
    return index;
}

torch::Tensor shuffled_rows(const torch::Tensor& values, std::uint64_t seed) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(values.size(0)));
    std::iota(order.begin(), order.end(), 0);
    std::mt19937_64 random(seed);
    // Sattolo's: a single cycle, so that nobody keeps their own.
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[uniform_below(random, i - 1)]);
    return values.index_select(0, index_tensor(order));
}

torch::Tensor pictures_of(const CaptureSamples& samples, const torch::Tensor& rows) {
    return samples.pictures.index_select(0, rows).to(torch::kFloat32) / 255.0;
}

CaptureScores capture_scores(const encoders::CovariateNetwork& network, const Parameters& parameters,
                             const CaptureSamples& samples, const torch::Tensor& rows,
                             const torch::Tensor& covariates) {
    const at::NoGradGuard no_gradient;
    CaptureScores scores;
    for (std::int64_t begin = 0; begin < rows.size(0); begin += chunk) {
        const auto some = rows.narrow(0, begin, std::min(chunk, rows.size(0) - begin));
        const auto values = covariates.index_select(0, some);
        const auto features =
            network.features(parameters, pictures_of(samples, some), network.shown(values, at::ones_like(values)));
        const auto solid = encoders::shape_logits(parameters, features).gt(0);
        const auto truth = samples.shapes.index_select(0, some).ge(half_full);
        const auto both = (solid & truth).sum(1).to(torch::kFloat64);
        const auto either = (solid | truth).sum(1).to(torch::kFloat64).clamp_min(1);
        const auto overlap = (both / either).contiguous();
        const auto guess = encoders::category_logits(parameters, features).argmax(1).contiguous();
        const auto names = samples.categories.index_select(0, some).contiguous();
        for (std::int64_t i = 0; i < some.size(0); ++i) {
            scores.overlap.push_back(overlap.data_ptr<double>()[i]);
            const auto name = names.data_ptr<std::int64_t>()[i];
            scores.category.push_back(name < 0 ? -1 : guess.data_ptr<std::int64_t>()[i] == name ? 1 : 0);
        }
    }
    return scores;
}

}  // namespace maquette::recon
