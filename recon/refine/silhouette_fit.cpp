#include "recon/refine/silhouette_fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "recon/refine/camera_decision.h"
#include "render/error.h"
#include "render/field_march.h"
#include "render/image_operations.h"
#include "render/kernels/array.h"

namespace maquette::recon {
namespace {

namespace kernels = render::kernels;

constexpr float sharpness = 3;  // of the drawn field: its log-odds are the network's times this
constexpr double limit = 1e-4;  // occupancies are clamped to this much from 0 and 1
constexpr int steps_between_looks = 5;
constexpr float largest_pull = 4;  // of a pixel that should be covered and is not
// Adam (Kingma & Ba, 2015). The slack keeps cells that hardly matter nearly still.
constexpr float first_decay = 0.9F;
constexpr float second_decay = 0.99F;
constexpr float slack = 0.05F;

double log_odds(double occupancy) {
    return std::log(occupancy / (1 - occupancy));
}

/// [1 2 1] / 4 along each axis; what is beyond the border counts as nothing.
void blur(std::vector<float>& values, int n) {
    std::vector<float> line(static_cast<std::size_t>(n) + 2, 0.0F);
    const auto along = [&](std::size_t stride, std::size_t first) {
        for (int i = 0; i < n; ++i) line[static_cast<std::size_t>(i) + 1] = values[first + stride * i];
        for (int i = 0; i < n; ++i) {
            const auto k = static_cast<std::size_t>(i);
            values[first + stride * k] = 0.25F * line[k] + 0.5F * line[k + 1] + 0.25F * line[k + 2];
        }
    };
    const auto side = static_cast<std::size_t>(n);
    for (std::size_t a = 0; a < side; ++a) {
        for (std::size_t b = 0; b < side; ++b) {
            along(1, (a * side + b) * side);
            along(side, a * side * side + b);
            along(side * side, a * side + b);
        }
    }
}

/// The masks' gradient at a field of sharpened log-odds.
class SilhouetteLoss {
public:
    SilhouetteLoss(const render::VoxelGrid& like, std::span<const PosedMask> masks, const SilhouetteFitOptions& options)
        : resolution_(like.resolution),
          side_(static_cast<float>(like.side)),
          pixels_(static_cast<std::size_t>(options.size) * static_cast<std::size_t>(options.size)),
          place_(options.place),
          field_(like.values.size(), place_.device),
          thickness_(pixels_, place_.device),
          peak_(pixels_, place_.device),
          slopes_(pixels_, place_.device),
          gradient_(like.values.size(), place_.device),
          sums_(like.values.size(), place_.device) {
        double total = 0;
        for (const auto& mask : masks) total += mask.weight;
        for (const auto& mask : masks) {
            const render::Camera camera = camera_of(mask.camera, options.size);
            const render::DepthRange range = render::depth_range(camera, like.side);
            kernels::SilhouetteMarch march{};
            march.log_odds = {field_.data(), resolution_, side_};
            march.outside = -2 * kernels::SilhouetteMarch::certain;
            march.camera = render::pinhole_of(camera);
            march.width = options.size;
            // Through the ball around the cube, about one sample in each cell.
            march.steps = std::max(8, static_cast<int>(1.75 * resolution_));
            march.nearest = range.nearest;
            march.farthest = range.farthest;
            march.thickness = thickness_.data();
            march.peak = peak_.data();
            marches_.push_back(march);
            wanted_.push_back(render::resize(*mask.mask, options.size, options.size));
            weights_.push_back(static_cast<float>(mask.weight / total));
        }
    }

    /// Cross-entropy of the coverages, blurred: [z, y, x].
    std::vector<float> gradient(const std::vector<float>& field) {
        field_.write(field);
        sums_.clear();
        const auto pixels = static_cast<long long>(pixels_);
        for (std::size_t i = 0; i < marches_.size(); ++i) {
            kernels::parallel_for(marches_[i], pixels, place_);
            std::vector<float> slopes = thickness_.values();
            for (std::size_t pixel = 0; pixel < pixels_; ++pixel) {
                const float wanted = std::clamp(wanted_[i].pixels[pixel], 0.0F, 1.0F);
                // Of -wanted log(1 - exp(-t)) + (1 - wanted) t.
                const float pull = std::min(1 / std::max(std::expm1(slopes[pixel]), 1e-6F), largest_pull);
                slopes[pixel] = weights_[i] * (1 - wanted - wanted * pull);
            }
            slopes_.write(slopes);
            kernels::parallel_for(
                kernels::SilhouetteMarchBackward{marches_[i], slopes_.data(), kernels::ScatterSums{sums_.data()}},
                pixels, place_);
        }
        const auto cells = static_cast<long long>(field.size());
        kernels::parallel_for(kernels::ReadSums{sums_.data(), gradient_.data()}, cells, place_);
        auto result = gradient_.values();
        blur(result, resolution_);
        return result;
    }

private:
    int resolution_;
    float side_;
    std::size_t pixels_;
    kernels::Place place_;
    kernels::Array<float> field_;
    kernels::Array<float> thickness_;
    kernels::Array<float> peak_;
    kernels::Array<float> slopes_;
    kernels::Array<float> gradient_;
    kernels::Array<long long> sums_;
    std::vector<kernels::SilhouetteMarch> marches_;
    std::vector<render::FloatImage> wanted_;
    std::vector<float> weights_;
};

double mean_silhouette_iou(const render::VoxelGrid& occupancy, float threshold, std::span<const PosedMask> masks) {
    double sum = 0;
    double total = 0;
    for (const auto& mask : masks) {
        sum += mask.weight * silhouette_iou(occupancy, threshold, mask.camera, *mask.mask);
        total += mask.weight;
    }
    return sum / total;
}

void check(float threshold, std::span<const PosedMask> masks, const SilhouetteFitOptions& options) {
    if (options.steps < 0 || options.steps > 1000 || options.size < 8 || options.size > 512 ||
        !(options.learning_rate > 0) || !(options.anchor >= 0) || !(threshold > 0 && threshold < 1)) {
        throw UsageError(
            fmt::format("silhouettes cannot be fitted in {} steps of rate {} on {} pixels, anchor {}, threshold {}",
                        options.steps, options.learning_rate, options.size, options.anchor, threshold));
    }
    for (const auto& mask : masks) {
        if (mask.mask == nullptr || mask.mask->empty() || !(mask.weight > 0)) {
            throw UsageError(fmt::format("a silhouette of weight {} without a mask; leave it out", mask.weight));
        }
    }
}

}  // namespace

SilhouetteFit fit_to_masks(const render::VoxelGrid& occupancy, float threshold, std::span<const PosedMask> masks,
                           const SilhouetteFitOptions& options) {
    check(threshold, masks, options);
    SilhouetteFit best{.occupancy = occupancy};
    if (masks.empty()) return best;
    best.before = best.after = mean_silhouette_iou(occupancy, threshold, masks);
    if (options.steps == 0) return best;

    const double level = log_odds(std::clamp<double>(threshold, limit, 1 - limit));
    const std::size_t cells = occupancy.values.size();
    std::vector<float> start(cells);
    for (std::size_t i = 0; i < cells; ++i) {
        const double value = std::clamp<double>(occupancy.values[i], limit, 1 - limit);
        start[i] = sharpness * static_cast<float>(log_odds(value) - level);
    }
    std::vector<float> now = start;
    std::vector<float> mean(cells, 0.0F);
    std::vector<float> square(cells, 0.0F);
    SilhouetteLoss loss(occupancy, masks, options);
    const float rate = sharpness * static_cast<float>(options.learning_rate);
    const float anchor = static_cast<float>(options.anchor) / sharpness;
    float unit = 0;
    render::VoxelGrid candidate = occupancy;
    for (int step = 1; step <= options.steps; ++step) {
        const auto gradient = loss.gradient(now);
        if (step == 1) {
            for (const float g : gradient) unit = std::max(unit, std::abs(g));
            if (!(unit > 0)) return best;
        }
        const float first_bias = 1 - std::pow(first_decay, static_cast<float>(step));
        const float second_bias = 1 - std::pow(second_decay, static_cast<float>(step));
        for (std::size_t i = 0; i < cells; ++i) {
            const float g = gradient[i] / unit + anchor * (now[i] - start[i]);
            mean[i] += (1 - first_decay) * (g - mean[i]);
            square[i] += (1 - second_decay) * (g * g - square[i]);
            now[i] -= rate * (mean[i] / first_bias) / (std::sqrt(square[i] / second_bias) + slack);
        }
        if (step % steps_between_looks != 0 && step != options.steps) continue;
        for (std::size_t i = 0; i < cells; ++i) {
            candidate.values[i] = now[i] == start[i]
                                      ? occupancy.values[i]
                                      : 1 / (1 + std::exp(-(now[i] / sharpness + static_cast<float>(level))));
        }
        const double agreement = mean_silhouette_iou(candidate, threshold, masks);
        if (agreement > best.after) {
            best.after = agreement;
            best.occupancy = candidate;
        }
    }
    return best;
}

}  // namespace maquette::recon
