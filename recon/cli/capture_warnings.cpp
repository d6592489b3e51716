#include "recon/cli/capture_warnings.h"

#include <fmt/format.h>

#include <optional>

#include "recon/cli/shipped_weights.h"
#include "recon/encoders/capture_domain.h"

namespace maquette::recon::cli {
namespace {

using encoders::Covariate;

/// Loaded with the first photo.
const std::optional<encoders::CaptureDomain>& shipped_domain() {
    static const std::optional<encoders::CaptureDomain> domain = [] {
        const auto weights = shipped_capture_domain();
        return weights.empty() ? std::nullopt : std::optional<encoders::CaptureDomain>(weights);
    }();
    return domain;
}

encoders::Capture known_capture(const Photo& photo, const GivenCamera& given) {
    encoders::Capture known = encoders::capture_of(photo.view);
    if (photo.view.camera) return known;
    if (given.direction) {
        known.of(Covariate::elevation) = given.direction->elevation;
        known.of(Covariate::roll) = given.direction->roll;
        // Stands in for one that the user left out.
        if (given.direction->distance != usual_distance) known.of(Covariate::distance) = given.direction->distance;
    }
    // An object's distance times its size in the picture is the focal length.
    if (photo.focal_length) known.of(Covariate::field_of_view) = encoders::crop_field_of_view(*photo.focal_length, 1);
    return known;
}

}  // namespace

std::vector<std::string> capture_warnings(const Photo& photo, const GivenCamera& given) {
    std::vector<std::string> warnings;
    const auto& domain = shipped_domain();
    if (!domain) return warnings;
    for (const auto& finding : domain->findings(photo.view, known_capture(photo, given))) {
        warnings.push_back(fmt::format("{}: {}", photo.view.name, encoders::sentence_of(finding)));
    }
    return warnings;
}

}  // namespace maquette::recon::cli
