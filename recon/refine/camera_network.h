#pragma once

#include <vector>

#include "recon/refine/crop_camera.h"
#include "recon/refine/parameters.h"

/// Where did the photo's camera stand, given a prior of the object? In two stages. The photo is matched with pictures
/// of the prior from viewpoints all around it. The best hypotheses are then drawn as the photo is framed and compared
/// with it by a network that says how well each fits and how to move it (render and compare, as in Labbé et al.,
/// "MegaPose", CoRL 2022; here with a category prior in place of the object's own model).
namespace maquette::recon::camera_network {

inline constexpr int image_size = 128;   ///< pixels of the photo's crop
inline constexpr int picture_size = 32;  ///< pixels of a drawn hypothesis
inline constexpr int corrections = 7;
inline constexpr int azimuths = 24;   ///< of viewpoints, 15 degrees apart
inline constexpr int elevations = 4;  ///< of viewpoints
inline constexpr int viewpoints = azimuths * elevations;

std::vector<ParameterShape> parameter_shapes();

/// What a photo is compared by.
struct PhotoCode {
    torch::Tensor features;  ///< [B, 36, 16, 16] for compare
    torch::Tensor match;     ///< [B, 24, 8, 8] for match
    torch::Tensor direct;    ///< [B, 96] logits over the viewpoints by the photo alone
};

/// images: [B, 4, 128, 128] RGB over black and mask.
PhotoCode encode_images(const Parameters& parameters, const torch::Tensor& images);

/// Camera of viewpoint i, 0..95: azimuth i mod 24, elevation i / 24; no roll, `usual_distance`, not framed.
CropCamera viewpoint(int i);

/// The prior from every viewpoint, framed whole: [96, 2, 32, 32].
torch::Tensor draw_viewpoints(const render::VoxelGrid& occupancy);

/// pictures: [G, 96, 2, 32, 32] of draw_viewpoints, each prior's for B / G photos in a row. Returns [B, 96], logits
/// over the viewpoints, to which the photo's own `direct` ones may be added.
torch::Tensor match(const Parameters& parameters, const PhotoCode& photo, const torch::Tensor& pictures);

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
