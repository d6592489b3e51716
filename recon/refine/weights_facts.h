#pragma once

#include <map>
#include <string>

#include "render/io/safetensors.h"

namespace maquette::recon {

/// Number under `key` in a weights file's metadata, `fallback` when it is not there. Throws InputError, naming the file
/// `what`, when it is no number.
float number_in(const std::map<std::string, std::string>& metadata, const std::string& key, float fallback,
                const std::string& what);

/// Which network the weights are for. `what`: names the file in messages. Throws InputError where they do not say.
std::string architecture_of(const render::SafetensorsFile& file, const std::string& what);

}  // namespace maquette::recon
