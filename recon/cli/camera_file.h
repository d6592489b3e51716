#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <vector>

#include "recon/refine/crop_camera.h"
#include "render/camera.h"

namespace maquette::recon::cli {

/// What the user knows of a photo's camera; both empty: nothing.
struct GivenCamera {
    std::optional<render::Camera> calibrated;  ///< of the whole photo; width and height 0: the photo's
    /// From where, with `scale` and centre unset: the crop shows the rest.
    std::optional<CropCamera> direction;
};

/// Reads {"cameras": [...]}, one entry a photo, in their order. An entry is null (estimate it), or
///   {"azimuth": a, "elevation": e, "roll": r, "distance": d}            degrees and object units; roll and distance
///                                                                       may be left out
///   {"fx": f, "fy": f, "cx": x, "cy": y, "cam_from_object": [[..], [..], [..]]}   pixels; [3, 4], row-major, OpenCV
/// Throws InputError that names entry and key when something is missing, unknown, not finite or no rigid motion, or
/// when there are not `photos` entries.
std::vector<GivenCamera> read_camera_file(const std::filesystem::path& path, std::size_t photos);

}  // namespace maquette::recon::cli
