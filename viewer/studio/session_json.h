#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "recon/cli/lens_distortion.h"
#include "recon/refine/crop_camera.h"
#include "render/camera.h"
#include "render/scribble.h"

namespace maquette::viewer {

nlohmann::json json_of(const recon::CropCamera& camera);
nlohmann::json json_of(const render::Camera& camera);
nlohmann::json json_of(const recon::cli::LensDistortion& lens);
nlohmann::json json_of(const std::vector<render::Scribble>& scribbles);

/// Throw InputError on numbers that are missing, not finite or make no such thing.
recon::CropCamera crop_camera_from(const nlohmann::json& json);
render::Camera camera_from(const nlohmann::json& json);
recon::cli::LensDistortion lens_from(const nlohmann::json& json);
/// Throws nlohmann::json::exception, too.
std::vector<render::Scribble> scribbles_from(const nlohmann::json& json);

/// json[key] as a finite number; throws InputError naming the key.
double number_from(const nlohmann::json& json, const char* key);

}  // namespace maquette::viewer
