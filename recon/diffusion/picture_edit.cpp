#include "recon/diffusion/picture_edit.h"

#include <ATen/Functions.h>

#include <cmath>

#include "recon/diffusion/time_grid.h"

namespace maquette::recon::diffusion {

InvertedPictures invert_pictures(const Denoiser& source, const torch::Tensor& pictures,
                                 const std::vector<NoiseLevel>& grid, const PictureEditOptions& options) {
    InvertedPictures result;
    result.levels = last_part(grid, options.strength);
    result.latent = {pictures, {}};
    if (result.levels.size() < 2) return result;
    // The mixing is that of the whole grid: a part of it must not be mixed as strongly as all of it.
    SamplerOptions settings = options.sampler;
    const double share = static_cast<double>(result.levels.size() - 1) / static_cast<double>(grid.size() - 1);
    settings.edict_mixing_50 = std::pow(settings.edict_mixing_50, share);
    result.sampler = make_sampler(settings);
    result.latent =
        invert(*result.sampler, source, result.sampler->begin_inverse(source, pictures, result.levels), result.levels);
    return result;
}

torch::Tensor edit_pictures(const Denoiser& source, const Denoiser& target, const torch::Tensor& pictures,
                            const std::vector<NoiseLevel>& grid, const PictureEditOptions& options) {
    const InvertedPictures noise = invert_pictures(source, pictures, grid, options);
    return noise.sampler ? generate(*noise.sampler, target, noise.latent, noise.levels).x : pictures;
}

torch::Tensor noise_and_redraw(const Denoiser& target, const torch::Tensor& pictures,
                               const std::vector<NoiseLevel>& grid, double strength, std::uint64_t seed) {
    const auto levels = last_part(grid, strength);
    if (levels.size() < 2) return pictures;
    const auto noise = gaussian_noise(pictures.sizes().vec(), seed, 0, pictures.scalar_type());
    const auto sampler = make_sampler({.kind = SamplerKind::ddim});
    const auto noisy = levels.front().alpha * pictures + levels.front().sigma * noise;
    return generate(*sampler, target, sampler->begin(noisy), levels).x;
}

}  // namespace maquette::recon::diffusion
