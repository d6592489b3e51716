#pragma once

#include <filesystem>
#include <vector>

#include "recon/cli/posed_photo.h"

namespace maquette::recon::cli {

enum class CameraModelKind { none, colmap, transforms };

/// Another program's reconstruction that a path names.
struct CameraModel {
    CameraModelKind kind = CameraModelKind::none;  ///< none: something else, or nothing
    std::filesystem::path path;                    ///< colmap: the folder; transforms: the file
};

/// By what is in a folder, or by a file's name and beginning. Throws InputError on a folder with no model in it that is
/// read, and says what to do about a binary COLMAP model.
CameraModel camera_model_of(const std::filesystem::path& path);

/// Its photos. Throws InputError as read_colmap_model and read_transforms do.
std::vector<PosedPhoto> read_posed_photos(const CameraModel& model);

}  // namespace maquette::recon::cli
