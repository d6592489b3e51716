#pragma once

#include <torch/types.h>

#include <vector>

namespace maquette::recon::diffusion {

/// Figures of pictures against others, one a row; both [N, 4, S, S] as picture_tensor gives them. Throw UsageError on
/// other shapes or shapes that differ.

/// Decibels of red, green and blue together; 100 where nothing differs.
std::vector<double> psnr(const torch::Tensor& pictures, const torch::Tensor& truth);

/// Structural similarity of the grey pictures, 0..1 for what pictures look like (Wang et al., "Image Quality
/// Assessment: From Error Visibility to Structural Similarity", 2004): Gaussian windows of standard deviation 1.5, mean
/// over all that lie inside.
std::vector<double> structural_similarity(const torch::Tensor& pictures, const torch::Tensor& truth);

/// Intersection over union of the masks, both cut in the middle. Two empty masks: 1.
std::vector<double> mask_overlap(const torch::Tensor& pictures, const torch::Tensor& truth);

/// Throws UsageError where there is none.
double mean_of(const std::vector<double>& figures);

}  // namespace maquette::recon::diffusion
