#pragma once

#include <span>

#include "priors/category_prior.h"
#include "recon/refine/parameters.h"

/// The flagship's attention over a prior's exemplars: where the mean of several shapes is a haze, each place of the
/// volume asks the shapes themselves, and takes most from those that fit what the photo shows there (after the
/// instance-adaptive priors of "Few-shot single-view 3D reconstruction with memory prior contrastive network", Xing et
/// al., ECCV 2022). Any number of exemplars, in any order.
namespace maquette::recon::flagship {

inline constexpr int exemplar_cells = 8;         ///< cells a side of the attention
inline constexpr int exemplar_channels = 48;     ///< of the volume that asks
inline constexpr int most_exemplars_asked = 32;  ///< of one prior, the first ones

/// Adds its layers to those of the network.
void add_exemplar_shapes(std::vector<ParameterShape>& shapes);

/// Exemplars of N priors. None at all: both undefined.
struct ExemplarCodes {
    torch::Tensor codes;   ///< [N, K, 48, 8, 8, 8]
    torch::Tensor shares;  ///< [N, K] of an exemplar in its prior, 1 on average; 0 where a prior has fewer than K
};

/// The same before they are encoded.
struct ExemplarGrids {
    torch::Tensor occupancies;  ///< [N, K, 32, 32, 32] 0..1
    torch::Tensor shares;       ///< [N, K]
};

/// The exemplars of priors, shorter lists padded. Throws UsageError when one is not on 32^3 cells.
ExemplarGrids exemplar_grids(std::span<const priors::CategoryPrior* const> priors);

ExemplarCodes encode_exemplars(const Parameters& parameters, const ExemplarGrids& grids);

/// What is to be added to the volume that asks, [N, 48, 8, 8, 8] both. Nothing where a prior has no exemplar.
torch::Tensor ask_exemplars(const Parameters& parameters, const torch::Tensor& volume, const ExemplarCodes& exemplars);

}  // namespace maquette::recon::flagship
