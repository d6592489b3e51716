#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "recon/refine/view.h"
#include "render/io/safetensors.h"
#include "viewer/studio/generated_views.h"

namespace maquette::viewer {

/// Generated views that a run has, for its description; their pictures go into the run's tensors.
nlohmann::json json_of_views(const std::vector<recon::View>& views, render::SafetensorsFile& tensors);
/// Throws InputError or nlohmann::json::exception on what is no such description, or where a picture is missing.
std::vector<recon::View> views_from(const nlohmann::json& json, const render::SafetensorsFile& tensors);

/// The same of the views that are at hand, with what is known of each.
nlohmann::json json_of_views(const std::vector<GeneratedView>& views, render::SafetensorsFile& tensors);
std::vector<GeneratedView> generated_views_from(const nlohmann::json& json, const render::SafetensorsFile& tensors);

}  // namespace maquette::viewer
