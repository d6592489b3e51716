#pragma once

#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "recon/diffusion/denoiser.h"
#include "recon/diffusion/sampler.h"

namespace maquette::recon::diffusion {

struct PictureEditOptions {
    SamplerOptions sampler{.kind = SamplerKind::edict};
    /// 0: the picture as it is, 1: nothing but its noise is kept. How little a rendered shape is trusted.
    double strength = 0.6;
};

/// Where an inversion of pictures got to, and how to come back from there.
struct InvertedPictures {
    std::unique_ptr<Sampler> sampler;  ///< null: strength 0, nothing was inverted
    std::vector<NoiseLevel> levels;    ///< from the latent's to the data's
    Latent latent;
};

/// Inverts pictures [N, ...], -1..1, as far as the strength says. grid: all levels, of time_grid. Throws UsageError
/// when the strength is outside 0..1 or the sampler draws noise.
InvertedPictures invert_pictures(const Denoiser& source, const torch::Tensor& pictures,
                                 const std::vector<NoiseLevel>& grid, const PictureEditOptions& options);

/// Inverts pictures under `source` as far as the strength says, and draws them again under `target`: a render of the
/// shape so far gets the photo's appearance and keeps its place. With the same denoiser
/// twice an exact sampler returns the pictures. pictures: [N, ...], -1..1; grid: all levels, of time_grid.
/// Throws UsageError when the strength is outside 0..1 or the sampler draws noise.
torch::Tensor edit_pictures(const Denoiser& source, const Denoiser& target, const torch::Tensor& pictures,
                            const std::vector<NoiseLevel>& grid, const PictureEditOptions& options);

/// The rival that inverts nothing: pictures with fresh noise are drawn again (Meng et al., "SDEdit", ICLR 2022). seed:
/// of the first row, as in gaussian_noise.
torch::Tensor noise_and_redraw(const Denoiser& target, const torch::Tensor& pictures,
                               const std::vector<NoiseLevel>& grid, double strength, std::uint64_t seed);

}  // namespace maquette::recon::diffusion
