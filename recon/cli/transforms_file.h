#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "recon/cli/posed_photo.h"

namespace maquette::recon::cli {

/// Whether a parsed file looks like one.
bool is_transforms_file(const nlohmann::json& file);

/// Photos of a transforms.json as Blender's synthetic scenes (Mildenhall et al. 2020), instant-ngp and nerfstudio have
/// it: {"frames": [{"file_path", "transform_matrix": 4x4 world_from_camera with OpenGL axes}, ...]}, with
/// camera_angle_x (radians), or fl_x, fl_y, cx, cy, w, h (pixels) and k1, k2, k3, p1, p2, for all or of a frame. Other
/// keys are not looked at. `path` is for messages. Throws InputError that names file, frame and key when something is
/// missing, not finite, no rotation, or of a lens that is no such one.
std::vector<PosedPhoto> read_transforms(const nlohmann::json& file, const std::filesystem::path& path);

}  // namespace maquette::recon::cli
