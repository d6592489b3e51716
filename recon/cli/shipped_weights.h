#pragma once

#include <filesystem>
#include <string>

namespace maquette::recon::cli {

inline constexpr const char* wallace_model = "wallace2019";
inline constexpr const char* flagship_model = "flagship";
inline constexpr const char* camera_model = "camera";
inline constexpr const char* novel_view_model = "novel-view";

/// `given` by the option, or where empty the weights shipped for the model. Throws InputError when none are there.
std::filesystem::path resolve_weights(const std::filesystem::path& given, const std::string& model,
                                      const char* option = "--weights");

}  // namespace maquette::recon::cli
