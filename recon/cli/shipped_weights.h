#pragma once

#include <filesystem>
#include <string>

#include "render/cutout.h"

namespace maquette::recon::cli {

inline constexpr const char* wallace_model = "wallace2019";
inline constexpr const char* flagship_model = "flagship";
inline constexpr const char* camera_model = "camera";
inline constexpr const char* novel_view_model = "novel-view";
inline constexpr const char* encoders_model = "encoders";
inline constexpr const char* covariates_model = "covariates";
inline constexpr const char* mask_model = "mask";
inline constexpr const char* preferences_model = "novel-view-preferences";

/// `given` by the option, or where empty the weights shipped for the model. Throws InputError when none are there.
std::filesystem::path resolve_weights(const std::filesystem::path& given, const std::string& model,
                                      const char* option = "--weights");

/// Differences to add to the diffusion network's weights. given: a file, "none", or empty: those shipped, where there
/// are any and `weights`, the option that they belong to, is empty, too. Empty: none.
std::filesystem::path resolve_preferences(const std::string& given, const std::filesystem::path& weights);

/// What finds objects before any background: `given`, or where empty the mask network that is shipped; empty: there is
/// none.
std::filesystem::path resolve_matting(const std::filesystem::path& given);
/// For render::cut_out, read once for each file. given: an ONNX network of the user's (segment/matting_model.h) or
/// weights of a mask network; empty: those shipped, where there are any. Safe to share between threads. Throws
/// InputError where a given network cannot be run.
render::ForegroundModel foreground_model_of(const std::filesystem::path& given);

/// The joined encoders that are shipped; empty: there are none.
std::filesystem::path shipped_encoders();

/// The covariate encoder that knows how training photos were taken; empty: there is none.
std::filesystem::path shipped_capture_domain();

}  // namespace maquette::recon::cli
