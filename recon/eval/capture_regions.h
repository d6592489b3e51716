#pragma once

#include <array>
#include <string>
#include <vector>

#include "recon/eval/capture_samples.h"

namespace maquette::recon {

inline constexpr int capture_region_count = 4;

/// Two by two regions of captures: below and above the middle elevation, weak and strong perspective.
struct CaptureRegions {
    double elevation = 0;      ///< degrees
    double field_of_view = 0;  ///< degrees across the crop

    /// 0..3: 1 is added above the elevation, 2 above the field of view.
    [[nodiscard]] std::vector<int> of(const CaptureSamples& samples) const;
};

/// Cut at the medians of the samples.
CaptureRegions regions_of(const CaptureSamples& samples);

/// "low and weak" and so on.
std::string region_name(int region);

/// Ways to use covariates, as files and reports name them: none, input, regress, both, forget, placebo.
const std::vector<std::string>& covariate_arm_names();

}  // namespace maquette::recon
