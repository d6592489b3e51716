#pragma once

#include <span>

#include "recon/refine/crop_camera.h"
#include "render/grid.h"
#include "render/image.h"
#include "render/kernels/parallel_for.h"

namespace maquette::recon {

/// Steps of the fit that are worth taking where all cameras are given. On base validation it gains under true cameras
/// and loses under estimated ones.
inline constexpr int given_camera_silhouette_steps = 30;

/// A photo's outline and where it is believed to have been taken from.
struct PosedMask {
    CropCamera camera;
    const render::FloatImage* mask = nullptr;  ///< [S, S, 1] coverage 0..1, borrowed
    double weight = 1;                         ///< above 0
};

struct SilhouetteFitOptions {
    int steps = 30;              ///< of gradient descent; 0: the field comes back as it is
    double learning_rate = 0.3;  ///< log-odds that a cell changes in a step at the most
    /// Pull back to the network's answer; in units of the first step's largest gradient, for each log-odd of
    /// difference.
    double anchor = 0.07;
    int size = 48;  ///< pixels a side of the drawn silhouettes
    render::kernels::Place place;
};

struct SilhouetteFit {
    render::VoxelGrid occupancy;
    double before = 0;  ///< weighted mean silhouette IoU (silhouette_iou), 0..1
    double after = 0;   ///< never below `before`
};

/// Test-time refinement: gradient descent on the field's log-odds so that, drawn by the differentiable renderer, it
/// fills the masks (the soft silhouettes of "SoftRas", Liu et al., ICCV 2019, for a field in place of triangles). Rays
/// through the outline see only part of the object: gradients are blurred, and every cell is drawn back to where it
/// was, so that what no outline speaks of stays. Where the network is certain (log-odds beyond 3 from the surface)
/// nothing grows. The best state by silhouette_iou is kept; the start counts. threshold: occupancy that is the surface,
/// 0..1. Throws UsageError on options out of range.
SilhouetteFit fit_to_masks(const render::VoxelGrid& occupancy, float threshold, std::span<const PosedMask> masks,
                           const SilhouetteFitOptions& options);

}  // namespace maquette::recon
