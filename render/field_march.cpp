#include "render/field_march.h"

#include <Eigen/Core>
#include <algorithm>

namespace maquette::render {

kernels::PinholeCamera pinhole_of(const Camera& camera) {
    kernels::PinholeCamera result{};
    const Eigen::Matrix3f rotation = camera.cam_from_object.linear().cast<float>();
    const Eigen::Vector3f translation = camera.cam_from_object.translation().cast<float>();
    for (int row = 0; row < 3; ++row) {
        result.translation[row] = translation[row];
        for (int column = 0; column < 3; ++column) result.rotation[3 * row + column] = rotation(row, column);
    }
    result.fx = static_cast<float>(camera.fx);
    result.fy = static_cast<float>(camera.fy);
    result.cx = static_cast<float>(camera.cx);
    result.cy = static_cast<float>(camera.cy);
    return result;
}

DepthRange depth_range(const Camera& camera, double side) {
    constexpr double half_diagonal = 0.8660254037844386;
    const auto radius = static_cast<float>(side * half_diagonal);
    const auto depth = static_cast<float>(camera.cam_from_object.translation().z());
    const float nearest = std::max(depth - radius, 1e-3F);
    return {nearest, std::max(depth + radius, nearest + 1e-3F)};
}

}  // namespace maquette::render
