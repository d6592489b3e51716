#include "recon/diffusion/pose_code.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace maquette::recon::diffusion {
namespace {

constexpr double usual_scale = 0.8;
constexpr double offset_gain = 4;  // the origin is rarely farther than a quarter of the picture from its middle

double radians(double degrees) {
    return degrees * std::numbers::pi / 180;
}

std::array<double, 6> single_view(const CropCamera& camera) {
    const double field_of_view = 2 * std::atan(0.5 / (camera.scale * camera.distance));
    return {radians(camera.elevation),
            radians(camera.roll),
            field_of_view,
            std::log(camera.scale / usual_scale),
            offset_gain * (camera.centre_x - 0.5),
            offset_gain * (camera.centre_y - 0.5)};
}

}  // namespace

PoseCode pose_code(const CropCamera& photo, const CropCamera& target) {
    PoseCode code = pose_code_without_photo(target);
    const double turn = radians(azimuth_between(target, photo));
    const std::array<double, 4> harmonics = {std::sin(turn), std::cos(turn), std::sin(2 * turn), std::cos(2 * turn)};
    std::copy(harmonics.begin(), harmonics.end(), code.begin());
    const auto of_photo = single_view(photo);
    std::copy(of_photo.begin(), of_photo.end(), code.begin() + harmonics.size());
    return code;
}

PoseCode pose_code_without_photo(const CropCamera& target) {
    PoseCode code{};
    const auto of_target = single_view(target);
    std::copy(of_target.begin(), of_target.end(), code.begin() + photo_pose_width);
    return code;
}

}  // namespace maquette::recon::diffusion
