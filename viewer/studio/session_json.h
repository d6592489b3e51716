#pragma once

#include <nlohmann/json.hpp>

#include "recon/refine/crop_camera.h"
#include "render/camera.h"

namespace maquette::viewer {

nlohmann::json json_of(const recon::CropCamera& camera);
nlohmann::json json_of(const render::Camera& camera);

/// Throw InputError on numbers that are missing, not finite or make no camera.
recon::CropCamera crop_camera_from(const nlohmann::json& json);
render::Camera camera_from(const nlohmann::json& json);

/// json[key] as a finite number; throws InputError naming the key.
double number_from(const nlohmann::json& json, const char* key);

}  // namespace maquette::viewer
