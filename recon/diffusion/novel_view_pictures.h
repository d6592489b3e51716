#pragma once

#include <torch/types.h>

#include "recon/refine/view.h"
#include "render/camera.h"
#include "render/grid.h"
#include "render/image.h"

namespace maquette::recon::diffusion {

/// [4, size, size]: red, green, blue over white and mask, each -1..1.
torch::Tensor picture_tensor(const View& view, int size);

/// [geometry_channels, size, size]: geometry_picture for a picture of this size. camera: square; photo: may be null.
torch::Tensor geometry_tensor(const render::VoxelGrid& occupancy, const render::Camera& camera, int size,
                              const View* photo);

/// RGBA [S, S, 4] with plain colours, the white taken out; from [4, S, S].
render::Image image_of(const torch::Tensor& picture);

/// What the refiner takes: RGB over white and mask, enlarged to the size of a view.
View view_from_picture(const torch::Tensor& picture, const render::Camera& camera, float weight);

/// The same of a picture that was generated, without what is there but faintly. A network draws what it is unsure of as
/// a haze about the object, which refiners take for solid: on validation shapes that costs 0.01 IoU.
View firm_view_from_picture(const torch::Tensor& picture, const render::Camera& camera, float weight);

/// The same for networks, with gradients: [N, 4, S, S] to [N, 4, size, size], RGB over black and mask, 0..1, what
/// masked_image_tensor gives of such views up to rounding to bytes. size: not below S.
torch::Tensor refiner_pictures(const torch::Tensor& pictures, int size);

}  // namespace maquette::recon::diffusion
