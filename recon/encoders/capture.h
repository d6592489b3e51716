#pragma once

#include <array>
#include <optional>
#include <string>

#include "recon/refine/view.h"

namespace maquette::recon::encoders {

/// What a user may know of how a photo was taken, or can be measured without knowing what it shows.
enum class Covariate {
    elevation,      ///< of the camera above the object, degrees
    roll,           ///< of the camera, degrees
    field_of_view,  ///< across the crop, degrees: how strong the perspective is
    distance,       ///< of the camera, object units
    exposure,       ///< render::PhotoMeasures
    blur,           ///< render::PhotoMeasures
    noise,          ///< render::PhotoMeasures
};

inline constexpr std::size_t covariate_count = 7;
/// The first ones, which are a camera's; the others are measured in the photo.
inline constexpr std::size_t camera_covariates = 4;

/// As options and reports name it.
const char* name_of(Covariate covariate);

/// Values in the enumeration's order; empty: unknown.
struct Capture {
    std::array<std::optional<double>, covariate_count> values;

    [[nodiscard]] const std::optional<double>& of(Covariate covariate) const {
        return values[static_cast<std::size_t>(covariate)];
    }
    std::optional<double>& of(Covariate covariate) { return values[static_cast<std::size_t>(covariate)]; }
};

/// What is known of a view: the first four where it has a camera that looks at the object, the others always.
Capture capture_of(const View& view);

/// Degrees across a crop in which an object unit at this distance takes this fraction of the side.
double crop_field_of_view(double distance, double scale);

}  // namespace maquette::recon::encoders
