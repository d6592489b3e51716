#include "recon/diffusion/view_drawing.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "recon/diffusion/bound_novel_view.h"
#include "recon/diffusion/cycle_score.h"
#include "recon/diffusion/epipolar_score.h"
#include "recon/diffusion/picture_edit.h"
#include "recon/diffusion/picture_optimization.h"
#include "recon/diffusion/shape_picture.h"
#include "recon/diffusion/time_grid.h"
#include "render/error.h"

namespace maquette::recon::diffusion {
namespace {

/// Where the last run to the data starts.
using Start = InvertedPictures;

Start from_noise(const BoundNovelView& bound, const std::vector<NoiseLevel>& grid, const ViewDrawingOptions& options) {
    Start start{make_sampler(from_pure_noise(options.generation.sampler)), grid, {}};
    start.latent = start.sampler->begin(gaussian_noise(bound.shape(), options.generation.seed));
    return start;
}

/// The render is inverted as what the geometry alone suggests, so that the photo then adds its appearance.
Start from_render(const BoundNovelView& bound, const KnownObject& object, std::span<const CropCamera> targets,
                  const std::vector<NoiseLevel>& grid, const ViewDrawingOptions& options) {
    if (object.coarse == nullptr) throw UsageError("views are to be drawn from renders, but there is no shape yet");
    std::vector<render::Camera> cameras;
    for (const CropCamera& target : targets) cameras.push_back(camera_of(target, bound.picture_size()));
    const auto renders = pictures_of_shape(coloured_shape(*object.coarse, object.threshold, object.photos), cameras,
                                           bound.picture_size());
    const GuidedDenoiser source(bound.denoiser(), {.photo = 0, .geometry = options.show_geometry ? 1.0 : 0.0});
    PictureEditOptions edit{.sampler = options.generation.sampler, .strength = options.from_render};
    edit.sampler.kind = SamplerKind::edict;
    return invert_pictures(source, renders, grid, edit);
}

std::vector<ViewAgreement> agreement_of(const ImprovedPictures& improved) {
    std::vector<ViewAgreement> result;
    for (std::int64_t row = 0; row < improved.before.size(0); ++row) {
        result.push_back({improved.before[row].item<double>(), improved.after[row].item<double>()});
    }
    return result;
}

}  // namespace

PictureScore true_constraints(const KnownObject& object, std::span<const CropCamera> targets, int picture_size,
                              const ConstraintWeights& weights, const PictureScore& own) {
    std::vector<WeightedScore> parts;
    if (weights.epipolar > 0) {
        parts.push_back({epipolar_score(object.photos, targets, {.size = picture_size}), weights.epipolar});
    }
    const bool cycles = object.refiner != nullptr && object.prior != nullptr && object.refiner->differentiable();
    if (weights.cycle > 0 && cycles) {
        parts.push_back({cycle_score(*object.refiner, *object.prior, object.photos, targets), weights.cycle});
    }
    if (weights.own > 0 && own) parts.push_back({own, weights.own});
    return parts.empty() ? PictureScore() : weighted_sum(std::move(parts));
}

DrawnViews draw_views(const NovelViewWeights& weights, const KnownObject& object, std::span<const CropCamera> targets,
                      const ViewDrawingOptions& options, const std::function<bool(double)>& progress) {
    if (object.photos.empty()) throw UsageError("no photo to generate views from; give at least one");
    if (!(options.from_render >= 0 && options.from_render <= 1) || options.optimisation.iterations < 0) {
        throw UsageError(fmt::format("views drawn from renders of strength {} with {} iterations; 0..1 and 0 or more",
                                     options.from_render, options.optimisation.iterations));
    }
    const at::NoGradGuard no_gradient;
    const BoundNovelView bound(weights, object.photos.front(), options.show_geometry ? object.coarse : nullptr,
                               targets);
    const bool renders = options.from_render > 0;
    TimeGridOptions spacing = options.generation.grid;
    // A render is to be found again in what noise is made of it: some trace of it must be left.
    if (renders) spacing.noisiest = std::min(spacing.noisiest, TimeGridOptions().noisiest);
    const auto grid = time_grid(NoiseSchedule::cosine(), spacing);
    const Start start = renders ? from_render(bound, object, targets, grid, options) : from_noise(bound, grid, options);
    const GuidedDenoiser denoiser(bound.denoiser(), options.generation.guidance);
    DrawnViews drawn;
    const auto say = [&](double share) {
        drawn.whole = !progress || progress(share);
        return drawn.whole;
    };
    if (options.optimisation.iterations == 0) {
        const auto steps = static_cast<double>(start.levels.size() - 1);
        drawn.pictures =
            generate(*start.sampler, denoiser, start.latent, start.levels,
                     [&](std::size_t done, const Latent& /*latent*/) { return say(static_cast<double>(done) / steps); })
                .x;
        return drawn;
    }
    const PictureScore score =
        true_constraints(object, targets, bound.picture_size(), options.constraints, options.own);
    if (!score) throw UsageError("latents are to be optimised, but all constraints have weight 0");
    LatentOptimizationOptions optimisation = options.optimisation;
    if (renders) {
        optimisation.tie = optimisation.renormalise = false;
    } else if (options.generation.sampler.kind != SamplerKind::edict &&
               optimisation.memory == GradientMemory::nothing) {
        // Only EDICT starts from a pair, from which going back makes the latents again.
        optimisation.memory = GradientMemory::each_step;
    }
    const double rounds = optimisation.iterations + 1.0;
    const auto improved =
        optimise_pictures(*start.sampler, denoiser, start.latent, start.levels, score, optimisation,
                          [&](const LatentOptimizationStep& step) { return say((step.iteration + 1) / rounds); });
    drawn.pictures = improved.pictures;
    drawn.agreement = agreement_of(improved);
    if (drawn.whole) say(1);
    return drawn;
}

}  // namespace maquette::recon::diffusion
