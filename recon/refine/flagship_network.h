#pragma once

#include <vector>

#include "recon/refine/flagship_exemplars.h"
#include "recon/refine/parameters.h"

/// The flagship refiner (DESIGN section 3): features of the photos are lifted along their cameras into the frame of the
/// prior, and a small 3D U-Net with shared weights turns the current field into the next one.
namespace maquette::recon::flagship {

inline constexpr int image_size = 128;  ///< pixels
inline constexpr int resolution = 32;   ///< voxels a side of the field
inline constexpr int coarse = 16;       ///< voxels a side of the lifted volume
inline constexpr int code_size = 96;
inline constexpr int volume_channels = 32;
inline constexpr int detail_pixels = 16;
inline constexpr double prior_margin = 0.05;  ///< priors are clamped to this much from 0 and 1

/// exemplars: with the layers of flagship_exemplars.h.
std::vector<ParameterShape> parameter_shapes(bool exemplars = false);

/// What is remembered of photos; independent of cameras and prior. B pictures.
struct EncodedPictures {
    torch::Tensor fine;        ///< [B, 24, 32, 32]
    torch::Tensor coarse;      ///< [B, 40, 16, 16]
    torch::Tensor code;        ///< [B, 96] of the whole picture
    torch::Tensor silhouette;  ///< [B, 1, 128, 128] coverage
    torch::Tensor pixels;      ///< [B, 16, 64, 64] for flagship_detail.h
};

/// images: [B, 4, 128, 128] RGB over black and mask, 0..1.
EncodedPictures encode_pictures(const Parameters& parameters, const torch::Tensor& images);

/// Pictures `rows` (int64), in that order.
EncodedPictures select(const EncodedPictures& pictures, const torch::Tensor& rows);

/// The same in the prior's frame; independent of the prior.
struct LiftedViews {
    EncodedPictures pictures;
    torch::Tensor projections;  ///< [B, 3, 4]
    torch::Tensor volume;       ///< [B, 32, 16, 16, 16]
    torch::Tensor mask;         ///< [B, 8, 16, 16, 16]: coverage where each voxel of 32^3 falls, packed
};

/// projections: [B, 3, 4] of lifting.h.
LiftedViews lift(const Parameters& parameters, const EncodedPictures& pictures, const torch::Tensor& projections);

/// All views of an object as one, whatever their number and order. Means are weighted.
struct Scene {
    torch::Tensor volume;  ///< [N, 64, 16, 16, 16]: mean and maximum over views
    torch::Tensor hull;    ///< [N, 16, 16, 16, 16]: mean and minimum of the masks
    torch::Tensor code;    ///< [N, 96]
};

/// views: those of N objects with V views each, B = N V, object after object; weights: [N, V], at least one above 0 in
/// each row. Views of weight 0 do not count.
Scene fuse(const LiftedViews& views, const torch::Tensor& weights);

struct Step {
    torch::Tensor logits;        ///< [N, 1, 32, 32, 32] of the next occupancy
    torch::Tensor displacement;  ///< [N, 3, 32, 32, 32]: the next field at x comes from x + displacement, object units
    torch::Tensor features;      ///< [N, 16, 16, 16, 16] for flagship_detail.h
};

/// Log-odds of a prior's mean occupancy, [N, 1, 32, 32, 32] both.
torch::Tensor prior_logits(const torch::Tensor& mean);

/// f' (x) = g(x) f(x + d(x)) + r(x), g in 0..1. prior, current: logits [N, 1, 32, 32, 32]. exemplars: where they are
/// asked.
Step refine(const Parameters& parameters, const Scene& scene, const torch::Tensor& prior, const torch::Tensor& current,
            const ExemplarCodes& exemplars = {});

}  // namespace maquette::recon::flagship
