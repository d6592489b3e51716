#pragma once

#include <torch/types.h>

#include <cstdint>
#include <span>

#include "recon/diffusion/novel_view_denoiser.h"
#include "recon/diffusion/sampler.h"
#include "recon/diffusion/time_grid.h"
#include "recon/diffusion/usual_views.h"
#include "recon/refine/crop_camera.h"
#include "recon/refine/view.h"
#include "render/grid.h"

namespace maquette::recon::diffusion {

/// sigma / alpha that holds no trace of a view: at 15, where other networks begin, means over large parts of the
/// picture still show through, and a network reads them out of pure noise, too (Lin et al., "Common Diffusion Noise
/// Schedules and Sample Steps are Flawed", WACV 2024).
inline constexpr double purest_noise = 500;

/// How much squared errors of the view at a level of noise count in training: min(snr + 1, 5), of the data's error.
double trained_error_weight(const NoiseLevel& level);

struct ViewGenerationOptions {
    SamplerOptions sampler;
    TimeGridOptions grid{.steps = usual_view_steps,
                         .noisiest = purest_noise};  ///< of the cosine schedule that the network was trained on
    GuidanceScales guidance;
    std::uint64_t seed = 1;  ///< of the first view; view k gets seed + k
};

/// The sampler for latents that hold no trace of a view: EDICT in the form that its chains stay together in from there.
SamplerOptions from_pure_noise(SamplerOptions sampler);

/// What the object in `photo` may look like from `targets`: [targets, 4, S, S], see image_of and view_from_picture.
/// coarse: the shape so far, 0..1; null: from the photo alone. Throws UsageError on a photo without a camera or no
/// targets.
torch::Tensor generate_views(const NovelViewWeights& weights, const View& photo, const render::VoxelGrid* coarse,
                             std::span<const CropCamera> targets, const ViewGenerationOptions& options,
                             const StepObserver& observer = {});

/// A picture of the whole shape from a direction (degrees, as in render::OrbitPose), framed as photos are.
CropCamera target_camera(double azimuth, double elevation, const render::VoxelGrid& coarse);

}  // namespace maquette::recon::diffusion
