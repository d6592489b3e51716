#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "recon/refine/refinement_network.h"
#include "render/io/safetensors.h"

namespace maquette::recon {

inline constexpr const char* flagship_architecture = "flagship";

/// The flagship as a RefinementNetwork. Every view needs a camera; all views count in every step.
std::unique_ptr<RefinementNetwork> make_flagship(const render::SafetensorsFile& file, const std::string& what);

/// Metadata of weights that ask the prior's exemplars (flagship_exemplars.h): "on".
inline constexpr const char* exemplar_key = "exemplars";

/// Untrained weights with the right names and shapes, for tests and benchmarks.
void save_random_flagship(const std::filesystem::path& path, std::uint64_t seed, bool exemplars = false);

}  // namespace maquette::recon
