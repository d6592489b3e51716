#pragma once

#include <Eigen/Core>
#include <span>
#include <vector>

#include "recon/refine/view.h"
#include "recon/refine/world_frame.h"
#include "render/camera.h"

namespace maquette::recon {

/// Where the object is in a world: x_in_object = object_from_world * (x_in_world - centre) / size.
struct WorldPlacement {
    Eigen::Matrix3d object_from_world = Eigen::Matrix3d::Identity();  ///< rotation
    Eigen::Vector3d centre = Eigen::Vector3d::Zero();                 ///< of the object's bounding box, in the world
    double size = 1;                                                  ///< of its longest side, world units
    bool operator==(const WorldPlacement&) const = default;
};

/// A camera in the object frame. from_world: its cam_from_object is from the world.
render::Camera placed_camera(const render::Camera& from_world, const WorldPlacement& placement);

/// The same placement, the object turned about its up axis: every camera's azimuth grows by `degrees`.
WorldPlacement turned(const WorldPlacement& placement, double degrees);

/// Upwards, as the cameras were held: their pictures' mean upward direction, made as orthogonal to their horizontal
/// axes as they agree on it. A ring of cameras that look down gives its axis; cameras from one side alone that all look
/// down give a direction tilted as they are. Unit length.
Eigen::Vector3d up_of_cameras(std::span<const render::Camera> from_world);

/// By the cameras (from the world, of the views' crops) and masks alone. Centre: the least-squares intersection of the
/// rays through the middles of the masks' bounding rectangles. Size: the median of these rectangles' longer sides at
/// the centre's depth. Front: the frame's, or towards the first camera. Throws InputError when there are fewer than two
/// views, a mask is empty, the cameras see the object from one direction alone, or the rays miss one another by more
/// than the object's size, naming the photo.
WorldPlacement rough_placement(std::span<const View> views, const WorldFrame& frame);

/// The placement under which the points, stretched along the object's axes, reach the sides of the masks' bounding
/// rectangles in all views: least squares over centre and sides of the box. As with one photo (see
/// stretched_framing.h) it is the proportions that differ from the prior's. points: [3, N] as outline_points gives
/// them.
WorldPlacement fitted_placement(std::span<const View> views, const WorldPlacement& start,
                                const Eigen::Matrix3Xd& points);

}  // namespace maquette::recon
