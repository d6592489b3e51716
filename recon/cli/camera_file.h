#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "recon/cli/lens_distortion.h"
#include "recon/refine/crop_camera.h"
#include "recon/refine/world_frame.h"
#include "render/camera.h"

namespace maquette::recon::cli {

/// What the user knows of a photo's camera; both empty: nothing.
struct GivenCamera {
    std::optional<render::Camera> calibrated;  ///< of the whole photo; width and height 0: the photo's
    /// From where, with `scale` and centre unset: the crop shows the rest.
    std::optional<CropCamera> direction;
    LensDistortion lens;  ///< of the calibrated camera
};

struct GivenCameras {
    std::vector<GivenCamera> photos;  ///< one a photo, in their order
    /// Set: cam_from_object of the calibrated cameras is from this world, in which the object is yet to be found.
    std::optional<WorldFrame> world;
};

/// Reads the cameras of `photos` from
///   {"cameras": [...]}, one entry a photo, in their order. An entry is null (estimate it), or
///     {"azimuth": a, "elevation": e, "roll": r, "distance": d}          degrees and object units; roll and distance
///                                                                       may be left out
///     {"fx": f, "fy": f, "cx": x, "cy": y, "cam_from_object": [[..], [..], [..]]}   pixels; [3, 4], row-major, OpenCV
///   a COLMAP text model, its folder or one of its files (see colmap_model.h), or a transforms.json (see
///     transforms_file.h), whose photos are found by name
///   {"model": path of one of these, beside this file, "frame": "object" | "world", "up": [x, y, z],
///     "front": [x, y, z]}, all but the model optional: where the object is in that world
/// Throws InputError that names entry and key when something is missing, unknown, not finite or no rigid motion, or
/// when a photo has no entry.
GivenCameras read_cameras(const std::filesystem::path& path, const std::vector<std::string>& photos);

/// The same for who has no means to find the object in a world: such a file is an InputError.
std::vector<GivenCamera> read_camera_file(const std::filesystem::path& path, const std::vector<std::string>& photos);

/// Files that are read for `path`, which may be a folder.
std::vector<std::filesystem::path> files_of_cameras(const std::filesystem::path& path);

}  // namespace maquette::recon::cli
