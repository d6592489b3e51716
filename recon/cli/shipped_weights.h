#pragma once

#include <filesystem>
#include <string>

namespace maquette::recon::cli {

/// `given`, or where empty the weights shipped for the model. Throws InputError when none are there.
std::filesystem::path resolve_weights(const std::filesystem::path& given, const std::string& model);

}  // namespace maquette::recon::cli
