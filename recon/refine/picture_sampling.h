#pragma once

#include <torch/types.h>

namespace maquette::recon {

/// Bilinear features of places in pictures, zero outside; differentiable by the features. Several times faster than
/// at::grid_sampler_2d forward and back, since a place's channels are read together.
/// features: [B, C, H, W] float32; coordinates: [B, P, 2], -1..1 over the picture. Returns [B, C, P].
/// Throws UsageError when coordinates ask for a gradient.
torch::Tensor sample_pictures(const torch::Tensor& features, const torch::Tensor& coordinates);

/// Trilinear values of fields at places, those of the border beyond it; differentiable by both.
/// fields: [N, 1, R, R, R] float32; places: [N, P, 3] x, y, z, -1..1 over the grid. Returns [N, P].
torch::Tensor sample_fields(const torch::Tensor& fields, const torch::Tensor& places);

}  // namespace maquette::recon
