#pragma once

#include <array>

#include "recon/refine/crop_camera.h"

namespace maquette::recon::diffusion {

inline constexpr int pose_code_width = 16;
inline constexpr int photo_pose_width = 10;  ///< of these, that say something of the photo

using PoseCode = std::array<float, pose_code_width>;

/// Where photo and target are taken from, each about -1..1: sine and cosine of the azimuth from photo to target and of
/// its double; of the photo, then of the target: elevation, roll and field of view (radians), size in the picture and
/// place of the origin. The photo's own azimuth stays out: where an object's front is, is often misjudged.
PoseCode pose_code(const CropCamera& photo, const CropCamera& target);

/// The same where the photo is withheld.
PoseCode pose_code_without_photo(const CropCamera& target);

}  // namespace maquette::recon::diffusion
