#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "recon/refine/refinement_network.h"
#include "render/io/safetensors.h"

namespace maquette::recon {

inline constexpr const char* wallace2019_architecture = "wallace2019";

/// The published network as a RefinementNetwork. With several views each iteration sees the next one, round and round
/// (the paper's multi-view test loop).
std::unique_ptr<RefinementNetwork> make_wallace2019(const render::SafetensorsFile& file, const std::string& what);

/// Untrained weights with the right names and shapes, for tests and benchmarks.
void save_random_wallace2019(const std::filesystem::path& path, std::uint64_t seed);

}  // namespace maquette::recon
