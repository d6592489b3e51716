#pragma once

#include <map>
#include <string>

namespace maquette::recon {

/// Number under `key` in a weights file's metadata, `fallback` when it is not there. Throws InputError, naming the file
/// `what`, when it is no number.
float number_in(const std::map<std::string, std::string>& metadata, const std::string& key, float fallback,
                const std::string& what);

}  // namespace maquette::recon
