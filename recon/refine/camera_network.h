#pragma once

#include <vector>

#include "recon/refine/crop_camera.h"
#include "recon/refine/parameters.h"

/// Where did the photo's camera stand, given a prior of the object? Hypotheses are drawn from the prior and compared
/// with the photo by a small network that says how well each fits and how to move it (render and compare, as in Labbé
/// et al., "MegaPose", CoRL 2022; here with a category prior in place of the object's own model).
namespace maquette::recon::camera_network {

inline constexpr int image_size = 128;   ///< pixels of the photo's crop
inline constexpr int picture_size = 32;  ///< pixels of a drawn hypothesis
inline constexpr int corrections = 7;

std::vector<ParameterShape> parameter_shapes();

/// images: [B, 4, 128, 128] RGB over black and mask -> features [B, 36, 16, 16].
torch::Tensor encode_images(const Parameters& parameters, const torch::Tensor& images);

/// The prior's occupancy as a hypothesis sees it: [2, 32, 32], coverage and depth beyond the origin's (object units).
torch::Tensor draw_hypothesis(const render::VoxelGrid& occupancy, const CropCamera& hypothesis);

struct Comparison {
    torch::Tensor score;       ///< [H]: log-odds up to a constant of the photo
    torch::Tensor correction;  ///< [H, 7] of `corrected`
};

/// features: [H, 36, 16, 16] of the photo of each hypothesis; pictures: [H, 2, 32, 32].
Comparison compare(const Parameters& parameters, const torch::Tensor& features, const torch::Tensor& pictures);

/// The correction that leads from one camera to another, in units of about 1: azimuth, elevation, roll, logarithm of
/// distance, logarithm of scale, centre x, centre y.
std::vector<float> correction_between(const CropCamera& from, const CropCamera& to);
/// `from` moved by a correction; elevation stays within +-89, distance within 1..far_distance.
CropCamera corrected(const CropCamera& from, const float* correction);

}  // namespace maquette::recon::camera_network
