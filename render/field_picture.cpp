#include "render/field_picture.h"

#include <fmt/format.h>

#include <algorithm>

#include "render/error.h"
#include "render/kernels/parallel_for.h"

namespace maquette::render {
void picture_of_field(const VoxelGrid& occupancy, const Camera& camera, int steps, float* coverage, float* depth) {
    if (camera.projection != Camera::Projection::perspective || steps < 1) {
        throw UsageError(
            fmt::format("a field is drawn by a perspective camera with 1 or more steps a ray, not {} steps{}", steps,
                        camera.projection == Camera::Projection::perspective ? "" : " and an orthographic one"));
    }
    kernels::RayMarch march{};
    march.occupancy = {occupancy.values.data(), occupancy.resolution, static_cast<float>(occupancy.side)};
    const Eigen::Matrix3f rotation = camera.cam_from_object.linear().cast<float>();
    const Eigen::Vector3f translation = camera.cam_from_object.translation().cast<float>();
    for (int row = 0; row < 3; ++row) {
        march.camera.translation[row] = translation[row];
        for (int column = 0; column < 3; ++column) march.camera.rotation[3 * row + column] = rotation(row, column);
    }
    march.camera.fx = static_cast<float>(camera.fx);
    march.camera.fy = static_cast<float>(camera.fy);
    march.camera.cx = static_cast<float>(camera.cx);
    march.camera.cy = static_cast<float>(camera.cy);
    march.width = camera.width;
    march.steps = steps;
    // The cube's circumscribed ball, as far as it is in front of the camera.
    const auto radius = static_cast<float>(occupancy.side * 0.8660254037844386);
    march.nearest = std::max(translation.z() - radius, 1e-3F);
    march.farthest = std::max(translation.z() + radius, march.nearest + 1e-3F);
    march.coverage = coverage;
    march.depth = depth;
    kernels::parallel_for(march, static_cast<long long>(camera.width) * camera.height);
}

FieldPicture picture_of_field(const VoxelGrid& occupancy, const Camera& camera, int steps) {
    FieldPicture picture{FloatImage(camera.width, camera.height, 1), FloatImage(camera.width, camera.height, 1)};
    picture_of_field(occupancy, camera, steps, picture.coverage.pixels.data(), picture.depth.pixels.data());
    return picture;
}

}  // namespace maquette::render
