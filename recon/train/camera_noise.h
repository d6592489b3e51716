#pragma once

#include "recon/data/random_stream.h"
#include "recon/refine/crop_camera.h"

namespace maquette::recon {

/// Standard deviations of random errors of a camera.
struct CameraNoise {
    double degrees = 0;   ///< azimuth and elevation; roll has half of it
    double distance = 0;  ///< natural logarithm
    double scale = 0;     ///< natural logarithm
    double centre = 0;    ///< fractions of the crop's side
};

/// As estimates err: mostly little and now and then much. typical_degrees: of the angles, the others follow.
CameraNoise usual_noise(double typical_degrees, RandomStream& random);

CropCamera disturbed(const CropCamera& truth, const CameraNoise& noise, RandomStream& random);

}  // namespace maquette::recon
