#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "recon/diffusion/novel_view_weights.h"
#include "recon/refine/parameters.h"

namespace maquette::recon::diffusion {

inline constexpr const char* preference_delta_architecture = "novel-view-delta";
/// Key of a delta's metadata: weights_digest of what it is to be added to.
inline constexpr const char* preference_base_key = "base_digest";

/// SHA-256, lower-case hexadecimal, over names, shapes and values: the same however the weights are stored.
std::string weights_digest(const Parameters& parameters);

/// Writes by how much `tuned` differs from `base`: safetensors, fp16, tensors that are the same left out. Atomic.
/// metadata: written beside architecture and base digest. Throws UsageError where names or shapes differ.
void save_preference_delta(const std::filesystem::path& path, const Parameters& base, const Parameters& tuned,
                           std::map<std::string, std::string> metadata);

/// The base with the differences added. Throws InputError where the file is no delta, belongs to other weights, or
/// holds tensors that the base does not have.
std::shared_ptr<const NovelViewWeights> apply_preference_delta(const NovelViewWeights& base,
                                                               const std::filesystem::path& delta);

/// load_novel_view, and apply_preference_delta where `delta` is not empty.
std::shared_ptr<const NovelViewWeights> load_preferred_novel_view(const std::filesystem::path& weights,
                                                                  const std::filesystem::path& delta);

}  // namespace maquette::recon::diffusion
