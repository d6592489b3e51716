#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "recon/data/shape_dataset.h"
#include "render/grid.h"
#include "render/image.h"

namespace maquette::recon::encoders {

inline constexpr int picture_size = 64;  ///< pixels a side of what encoders are trained on

/// What the pictures show that an encoder learns from.
enum class PictureDomain {
    renders,      ///< shaded, lit once more from a random direction, in front of a random background or cut out
    normals,      ///< surface normals as colours, camera frame
    silhouettes,  ///< coverage alone
    textures,     ///< close-ups of the surface, turned at random: no side is up
    top_down,     ///< heights seen from straight above, shaded, turned at random: no side is up
    photos,       ///< a folder of pictures
};

std::string to_string(PictureDomain domain);
/// Throws UsageError naming the known ones.
PictureDomain domain_from_string(const std::string& text);
const std::vector<std::string>& domain_names();

/// Number `index` of the stream that `seed` begins: decorrelated (the finaliser of SplitMix64, Steele et al. 2014).
std::uint64_t mixed_seed(std::uint64_t seed, std::uint64_t index);

/// [64, 64, 4] RGB and mask, 0..1: a random crop about the object, rolled by up to 20 degrees, mirrored or not, every
/// choice by the seed. domain: any but top_down and photos (UsageError). view: with depth and normals for renders and
/// normals. cut_out: renders are over black beside their mask, as photos are that the program has cut out; else they
/// have a background, and the mask is 1 everywhere: it is not known. Normals and silhouettes always come with their
/// mask, textures never.
render::FloatImage draw_picture(const DatasetView& view, PictureDomain domain, bool cut_out, std::uint64_t seed);

/// The same of domain top_down. occupancy: any resolution, 0..1.
render::FloatImage draw_top_down(const render::VoxelGrid& occupancy, std::uint64_t seed);

/// The same of domain photos: a random square of 60 to 100 % of the shorter side, other exposure and colours. photo:
/// 1 to 4 channels; the mask is its alpha, or 1.
render::FloatImage draw_photo(const render::Image& photo, std::uint64_t seed);

}  // namespace maquette::recon::encoders
