#pragma once

#include <Eigen/Core>
#include <optional>

#include "recon/refine/crop_camera.h"
#include "render/grid.h"
#include "render/image.h"

namespace maquette::recon {

/// How a picture must be scaled and shifted so that an object of about the prior's shape falls on a mask.
///
/// An object is normalised to a longest side of 1, so its size in the picture says nothing without its proportions, and
/// these differ from the prior's. Of all stretches of the prior along its axes that give its outline the proportions of
/// the mask's, the smallest is taken.
struct StretchedFraming {
    double scale = 1;                                   ///< of the picture, about its origin
    Eigen::Vector2d shift = Eigen::Vector2d::Zero();    ///< afterwards, fractions of the picture's side
    Eigen::Vector3d stretch = Eigen::Vector3d::Ones();  ///< of the prior, before it is normalised again
};

using Projection = Eigen::Matrix<double, 3, 4>;

/// Solid part of a prior as points that reach its outline, normalised to the unit box: [N, 3] columns. Empty prior: the
/// corners of a box of usual proportions.
Eigen::Matrix3Xd outline_points(const render::VoxelGrid& occupancy);

/// picture_from_object: homogeneous picture coordinates, fractions of the side. Nothing for an empty mask or points
/// behind the camera.
std::optional<StretchedFraming> stretched_framing(const Projection& picture_from_object, const Eigen::Matrix3Xd& points,
                                                  const render::FloatImage& mask);

/// The crop framed so. Unchanged where there is no framing.
CropCamera framed_stretched(const CropCamera& crop, const Eigen::Matrix3Xd& points, const render::FloatImage& mask);

}  // namespace maquette::recon
