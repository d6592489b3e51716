#pragma once

#include <vector>

#include "recon/refine/crop_camera.h"
#include "recon/refine/flagship_network.h"

/// How the flagship corrects the cameras it was given. A camera that was estimated puts the photo's features into the
/// volume at about the right place; what a step then makes of them tells how far they are off: the photo, the prior and
/// the step's result lie side by side in one frame (iterative matching as in Li et al., "DeepIM", ECCV 2018, here in
/// the volume, and with no model of the object itself).
namespace maquette::recon::flagship {

/// Of a correction: shift of the object along x, y, z (object units), logarithm of its size in the picture, turn about
/// x, y, z (rotation vector, radians), logarithm of the camera's distance at the same size in the picture.
inline constexpr int aim_numbers = 8;

/// What the network makes of the cameras of B pictures.
struct Aim {
    torch::Tensor corrections;  ///< [B, 8]
    torch::Tensor quality;      ///< [B]: log-odds; their sigmoid is the IoU to expect of the step's result
};

/// Adds its layers to those of the network.
void add_aim_shapes(std::vector<ParameterShape>& shapes);

/// views: B pictures; prior, current: log-odds [B, 1, 32, 32, 32], current after a step with these views.
Aim aim(const Parameters& parameters, const LiftedViews& views, const torch::Tensor& prior,
        const torch::Tensor& current);

/// Projections [B, 3, 4] of lifting.h after corrections [B, 8]: the object is turned about its origin, the camera moved
/// back, the picture enlarged about the origin's place in it, and shifted as the object's shift shows there.
torch::Tensor aimed(const torch::Tensor& projections, const torch::Tensor& corrections);

/// The same for one camera. correction: 8 numbers. Distances stay within 1..far_distance.
CropCamera aimed(const CropCamera& camera, const float* correction);

}  // namespace maquette::recon::flagship
