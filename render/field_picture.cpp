#include "render/field_picture.h"

#include <fmt/format.h>

#include "render/error.h"
#include "render/field_march.h"
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
    march.camera = pinhole_of(camera);
    march.width = camera.width;
    march.steps = steps;
    const DepthRange range = depth_range(camera, occupancy.side);
    march.nearest = range.nearest;
    march.farthest = range.farthest;
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
