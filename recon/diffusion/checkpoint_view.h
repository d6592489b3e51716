#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "recon/diffusion/checkpoint.h"
#include "recon/diffusion/sampler.h"
#include "recon/diffusion/usual_views.h"
#include "render/cutout.h"
#include "render/image.h"

namespace maquette::recon::diffusion {

inline constexpr double checkpoint_fill = 200.0 / 256;  ///< of the picture: the object's longest side, as in training

struct CheckpointViewOptions {
    SamplerOptions sampler;
    int steps = usual_checkpoint_steps;
    double guidance = 3;  ///< scale of the photo's condition; 1: as trained, half the time
    std::uint64_t seed = 1;
    render::ForegroundModel foreground_model;  ///< as render::cut_out takes it
};

/// Called with the share done, 0..1, and what is being done; false ends it.
using CheckpointProgress = std::function<bool(double share, const std::string& activity)>;

/// photo: [1, 3, S, S], S = picture_size(), the object over white, -1..1. Image encoder and projection are read for
/// this and go again; autoencoder: its weights.
PhotoConditions photo_conditions(const Checkpoint& checkpoint, const Parameters& autoencoder,
                                 const torch::Tensor& photo, const RelativePose& pose);

/// Levels of a checkpoint's noise that it was trained on, and data: steps + 1.
std::vector<NoiseLevel> checkpoint_levels(const Checkpoint& checkpoint, int steps);

/// The object of a photo from another pose: [3, S, S] over white, -1..1. photo: of any size.
/// Throws InputError where no object is found, Interrupted where `progress` ends it.
torch::Tensor draw_checkpoint_view(const Checkpoint& checkpoint, const render::Image& photo, const RelativePose& pose,
                                   const CheckpointViewOptions& options, const CheckpointProgress& progress = {});

/// [1, 3, H, W] of -1..1 from RGB, and RGB from [3, H, W].
torch::Tensor colours_of(const render::Image& rgb);
render::Image rgb_image(const torch::Tensor& colours);

}  // namespace maquette::recon::diffusion
