#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

namespace maquette::recon::diffusion {

inline constexpr const char* novel_view_architecture = "novel-view";
/// Keys of a weights file's metadata.
inline constexpr const char* novel_view_config_key = "config";
inline constexpr const char* novel_view_geometry_key = "geometry";  ///< "on" or "off": trained without geometry

struct NovelViewWeights;  // novel_view_denoiser.h

/// Strict, as load_refinement_network.
std::shared_ptr<const NovelViewWeights> load_novel_view(const std::filesystem::path& weights);

/// Untrained weights of the smallest width, for tests. Atomic.
void save_random_novel_view(const std::filesystem::path& path, std::uint64_t seed);

}  // namespace maquette::recon::diffusion
