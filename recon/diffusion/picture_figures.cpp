#include "recon/diffusion/picture_figures.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <cmath>
#include <numeric>

#include "recon/diffusion/novel_view_model.h"
#include "render/error.h"

namespace maquette::recon::diffusion {
namespace {

constexpr double most_decibels = 100;
constexpr std::int64_t window = 11;  // pixels
constexpr double window_deviation = 1.5;
// Wang et al.'s constants for pictures within 0..1.
constexpr double luminance_slack = 0.01 * 0.01;
constexpr double contrast_slack = 0.03 * 0.03;

void check(const torch::Tensor& a, const torch::Tensor& b) {
    if (a.dim() != 4 || a.size(1) != picture_channels || a.sizes() != b.sizes()) {
        throw UsageError(fmt::format("pictures of {} numbers in {} dimensions are compared with {} in {}", a.numel(),
                                     a.dim(), b.numel(), b.dim()));
    }
}

std::vector<double> rows_of(const torch::Tensor& figures) {
    const auto plain = figures.to(torch::kFloat64).contiguous();
    return {plain.data_ptr<double>(), plain.data_ptr<double>() + plain.numel()};
}

/// [N, 1, S, S] within 0..1, Rec. 601.
torch::Tensor grey(const torch::Tensor& pictures) {
    const auto rgb = (pictures.narrow(1, 0, 3).to(torch::kFloat64).clamp(-1, 1) + 1) / 2;
    return 0.299 * rgb.narrow(1, 0, 1) + 0.587 * rgb.narrow(1, 1, 1) + 0.114 * rgb.narrow(1, 2, 1);
}

torch::Tensor gaussian_window() {
    const auto places = at::arange(window, torch::kFloat64) - (window - 1) / 2.0;
    const auto line = at::exp(-places.pow(2) / (2 * window_deviation * window_deviation));
    const auto both = line.unsqueeze(1) * line.unsqueeze(0);
    return (both / both.sum()).unsqueeze(0).unsqueeze(0);
}

}  // namespace

std::vector<double> psnr(const torch::Tensor& pictures, const torch::Tensor& truth) {
    check(pictures, truth);
    const at::NoGradGuard no_gradient;
    const auto difference = (pictures.narrow(1, 0, 3).clamp(-1, 1) - truth.narrow(1, 0, 3)).to(torch::kFloat64) / 2;
    const double least = std::pow(10.0, -most_decibels / 10);
    return rows_of(-10 * at::log10(difference.pow(2).mean({1, 2, 3}).clamp_min(least)));
}

std::vector<double> structural_similarity(const torch::Tensor& pictures, const torch::Tensor& truth) {
    check(pictures, truth);
    if (pictures.size(2) < window || pictures.size(3) < window) {
        throw UsageError(
            fmt::format("pictures {} pixels wide are smaller than the window of {}", pictures.size(3), window));
    }
    const at::NoGradGuard no_gradient;
    const auto kernel = gaussian_window();
    const auto smooth = [&](const torch::Tensor& x) { return at::conv2d(x, kernel); };
    const auto a = grey(pictures);
    const auto b = grey(truth);
    const auto mean_a = smooth(a);
    const auto mean_b = smooth(b);
    const auto variance_a = smooth(a * a) - mean_a * mean_a;
    const auto variance_b = smooth(b * b) - mean_b * mean_b;
    const auto covariance = smooth(a * b) - mean_a * mean_b;
    const auto luminance =
        (2 * mean_a * mean_b + luminance_slack) / (mean_a * mean_a + mean_b * mean_b + luminance_slack);
    const auto structure = (2 * covariance + contrast_slack) / (variance_a + variance_b + contrast_slack);
    return rows_of((luminance * structure).mean({1, 2, 3}));
}

std::vector<double> mask_overlap(const torch::Tensor& pictures, const torch::Tensor& truth) {
    check(pictures, truth);
    const at::NoGradGuard no_gradient;
    const auto solid_a = pictures.select(1, 3) > 0;
    const auto solid_b = truth.select(1, 3) > 0;
    const auto both = (solid_a & solid_b).to(torch::kFloat64).sum({1, 2});
    const auto either = (solid_a | solid_b).to(torch::kFloat64).sum({1, 2});
    return rows_of(at::where(either > 0, both / either.clamp_min(1), at::ones_like(both)));
}

double mean_of(const std::vector<double>& figures) {
    if (figures.empty()) throw UsageError("the mean of no figures was asked for");
    return std::accumulate(figures.begin(), figures.end(), 0.0) / static_cast<double>(figures.size());
}

}  // namespace maquette::recon::diffusion
