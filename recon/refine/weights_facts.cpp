#include "recon/refine/weights_facts.h"

#include <fmt/format.h>

#include <charconv>

#include "render/error.h"

namespace maquette::recon {

float number_in(const std::map<std::string, std::string>& metadata, const std::string& key, float fallback,
                const std::string& what) {
    const auto found = metadata.find(key);
    if (found == metadata.end()) return fallback;
    float value = 0;
    const char* end = found->second.data() + found->second.size();
    if (std::from_chars(found->second.data(), end, value).ptr != end) {
        throw InputError(fmt::format("{}: metadata '{}' is '{}' but must be a number", what, key, found->second));
    }
    return value;
}

std::string architecture_of(const render::SafetensorsFile& file, const std::string& what) {
    const auto found = file.metadata.find("architecture");
    if (found == file.metadata.end()) {
        throw InputError(fmt::format("{}: no 'architecture' in the metadata; these are not Maquette weights", what));
    }
    return found->second;
}

}  // namespace maquette::recon
