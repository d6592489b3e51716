#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "recon/diffusion/denoiser.h"
#include "recon/diffusion/novel_view_model.h"

namespace maquette::recon::diffusion {

inline constexpr const char* novel_view_architecture = "novel-view";
/// Keys of a weights file's metadata.
inline constexpr const char* novel_view_config_key = "config";
inline constexpr const char* novel_view_geometry_key = "geometry";  ///< "on" or "off": trained without geometry

/// A trained network.
struct NovelViewWeights {
    NovelViewModel model;
    Parameters parameters;
    std::map<std::string, std::string> metadata;
    bool knows_geometry = true;
};

/// Strict, as load_refinement_network.
std::shared_ptr<const NovelViewWeights> load_novel_view(const std::filesystem::path& weights);

/// Untrained weights of the smallest width, for tests. Atomic.
void save_random_novel_view(const std::filesystem::path& path, std::uint64_t seed);

/// One set of conditions bound to the network: what samplers run on. The photo is encoded once.
class NovelViewDenoiser : public ConditionalDenoiser {
public:
    /// conditions: N rows, or one for latents of any number of rows. Parameters are shared, the model is borrowed.
    NovelViewDenoiser(const NovelViewModel& model, const Parameters& parameters, const NovelViewConditions& conditions);

    [[nodiscard]] Parameterization parameterization() const override { return Parameterization::velocity; }
    [[nodiscard]] torch::Tensor predict(const torch::Tensor& x, const NoiseLevel& level,
                                        ShownConditions which) const override;

private:
    const NovelViewModel* model_;
    Parameters parameters_;
    NovelViewConditions conditions_;
    torch::Tensor tokens_;
};

}  // namespace maquette::recon::diffusion
