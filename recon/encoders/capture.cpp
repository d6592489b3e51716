#include "recon/encoders/capture.h"

#include <cmath>
#include <numbers>

#include "recon/refine/crop_camera.h"
#include "render/photo_measures.h"

namespace maquette::recon::encoders {

const char* name_of(Covariate covariate) {
    constexpr std::array<const char*, covariate_count> names = {"elevation", "roll", "field of view", "distance",
                                                                "exposure",  "blur", "noise"};
    return names[static_cast<std::size_t>(covariate)];
}

double crop_field_of_view(double distance, double scale) {
    return 2 * std::atan(0.5 / (distance * scale)) * 180 / std::numbers::pi;
}

Capture capture_of(const View& view) {
    Capture capture;
    if (view.camera) {
        const CropCamera camera = crop_camera_of(*view.camera);
        capture.of(Covariate::elevation) = camera.elevation;
        capture.of(Covariate::roll) = camera.roll;
        capture.of(Covariate::field_of_view) = crop_field_of_view(camera.distance, camera.scale);
        capture.of(Covariate::distance) = camera.distance;
    }
    const auto measures = render::measure_photo(view.rgb, view.mask);
    capture.of(Covariate::exposure) = measures.exposure;
    capture.of(Covariate::blur) = measures.blur;
    capture.of(Covariate::noise) = measures.noise;
    return capture;
}

}  // namespace maquette::recon::encoders
