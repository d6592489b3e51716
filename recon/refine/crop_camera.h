#pragma once

#include <vector>

#include "render/camera.h"
#include "render/grid.h"
#include "render/image.h"

namespace maquette::recon {

/// The camera of a square crop as the object sees it: where the viewer stands, how strong the perspective is, and where
/// and how large the object appears. What a photo of unknown origin leaves open is exactly this.
struct CropCamera {
    double azimuth = 0;     ///< degrees, as in render::OrbitPose
    double elevation = 0;   ///< degrees
    double roll = 0;        ///< degrees
    double distance = 2;    ///< of the origin along the viewing direction, object units
    double scale = 0.8;     ///< fraction of the crop's side that an object unit takes at the origin's depth
    double centre_x = 0.5;  ///< where the origin appears, fractions of the crop's side
    double centre_y = 0.5;
    bool operator==(const CropCamera&) const = default;
};

/// Distance to assume where nothing is known: between close-ups and long lenses.
inline constexpr double usual_distance = 2.4;

/// As a perspective camera for a crop of `size` pixels. Exact inverse of crop_camera_of for perspective cameras that
/// look along the ray through the origin up to a shift of the picture (what render::orbit_camera and crops make).
render::Camera camera_of(const CropCamera& crop, int size);

/// Throws UsageError when the origin is not in front of the camera or the picture is not square. Orthographic cameras
/// come back at `far_distance`.
inline constexpr double far_distance = 8;
CropCamera crop_camera_of(const render::Camera& camera);

/// Angle between two viewing orientations, degrees 0..180 (roll included).
double angle_between(const CropCamera& a, const CropCamera& b);

/// a's azimuth less b's, degrees -180..180.
double azimuth_between(const CropCamera& a, const CropCamera& b);

/// Moves and scales the crop so that the solid cells' bounding rectangle has the centre of the mask's and its mean
/// logarithmic size. `cells`: centres of solid cells, object frame. No cells or an empty mask: `crop` unchanged.
CropCamera framed_like(const CropCamera& crop, const std::vector<Eigen::Vector3d>& cells,
                       const render::FloatImage& mask);

/// The same for a picture of its own: the longer side of the bounding rectangle fills `view_fill` of it, centred.
CropCamera framed_whole(const CropCamera& crop, const std::vector<Eigen::Vector3d>& cells);

/// Centres of the cells at or above half of the highest occupancy, on a grid of half the resolution.
std::vector<Eigen::Vector3d> solid_cells(const render::VoxelGrid& occupancy);

}  // namespace maquette::recon
