#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <utility>

#include "recon/encoders/capture.h"

namespace maquette::recon::encoders {

/// Ends of the range of each covariate, in the enumeration's order.
using CaptureRanges = std::array<std::pair<double, double>, covariate_count>;

/// Weights of a CaptureDomain that was never trained, for tests: it holds these ranges, of what is known and of what
/// pictures say alike, and every picture says 0 of everything.
void save_untrained_capture_domain(const std::filesystem::path& path, const CaptureRanges& ranges, std::uint64_t seed);

}  // namespace maquette::recon::encoders
