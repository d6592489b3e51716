#pragma once

#include "recon/refine/flagship_network.h"
#include "render/grid.h"

/// The flagship's implicit surface: occupancy at any point of space, from what the last step knows around it, the
/// photo's own pixels there (Saito et al., "PIFu", ICCV 2019) and the prior's distance field, where it was and where
/// the step moved it. It corrects the coarse field, so it is worth asking only near the surface.
namespace maquette::recon::flagship {

/// Adds its layers to those of the network.
void add_detail_shapes(std::vector<ParameterShape>& shapes);

/// views: as for `fuse`; step: of N objects; prior_distance: [N, 1, 32, 32, 32] of distance_tensor;
/// points: [N, P, 3] object frame. Returns log-odds of occupancy [N, P].
torch::Tensor detail_logits(const Parameters& parameters, const LiftedViews& views, const torch::Tensor& weights,
                            const Step& step, const torch::Tensor& prior_distance, const torch::Tensor& points);

/// Signed distances in units of the band they are clamped to, -1..1: [1, 1, 32, 32, 32].
torch::Tensor distance_tensor(const render::SignedDistanceGrid& distance);

/// Cells of a grid twice as fine as `field` (log-odds [R, R, R]) that are near where it crosses `level`: flat indices
/// into [2R, 2R, 2R].
torch::Tensor cells_near_surface(const torch::Tensor& field, double level);

/// Centres of cells of [cells, cells, cells], object frame: [N, 3] of N flat indices.
torch::Tensor centres_of(const torch::Tensor& indices, int cells);

/// The field of one object's step on `size`^3 cells, log-odds [size, size, size]: doubled from 32, asked anew at each
/// doubling in cells near where the coarser field crosses `level` (log-odds), interpolated elsewhere.
/// size: 64, 128, 256 or 512.
torch::Tensor detailed_field(const Parameters& parameters, const LiftedViews& views, const torch::Tensor& weights,
                             const Step& step, const torch::Tensor& prior_distance, double level, int size);

}  // namespace maquette::recon::flagship
