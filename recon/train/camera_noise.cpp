#include "recon/train/camera_noise.h"

#include <algorithm>
#include <cmath>

namespace maquette::recon {

CameraNoise usual_noise(double typical_degrees, RandomStream& random) {
    const double degrees = typical_degrees * std::exp(0.8 * random.normal());
    return {.degrees = degrees, .distance = 0.03 * degrees, .scale = 0.008 * degrees, .centre = 0.004 * degrees};
}

CropCamera disturbed(const CropCamera& truth, const CameraNoise& noise, RandomStream& random) {
    CropCamera result = truth;
    result.azimuth += noise.degrees * random.normal();
    result.elevation = std::clamp(truth.elevation + noise.degrees * random.normal(), -89.0, 89.0);
    result.roll += noise.degrees / 2 * random.normal();
    result.distance = std::max(truth.distance * std::exp(noise.distance * random.normal()), 1.0);
    result.scale *= std::exp(noise.scale * random.normal());
    result.centre_x += noise.centre * random.normal();
    result.centre_y += noise.centre * random.normal();
    return result;
}

}  // namespace maquette::recon
