#pragma once

#include <vector>

#include "recon/refine/parameters.h"

namespace maquette::recon::wallace2019 {

/// The dual-input network of Wallace & Hariharan, "Few-Shot Generalization for Single-Image 3D Reconstruction via
/// Priors" (ICCV 2019), section 3.2 and figure 2: a 2D encoder and a prior-shape encoder whose 128-d codes are summed,
/// a 3D deconvolution generator, and its output added to the prior.
inline constexpr int image_size = 127;  ///< pixels
inline constexpr int resolution = 32;   ///< voxels a side
inline constexpr int code_size = 128;

/// 1.63 M + 5.54 M + 4.14 M parameters.
std::vector<ParameterShape> parameter_shapes();

/// images: [N, 3, 127, 127] RGB 0..1 -> [N, 128], after the final ReLU.
torch::Tensor encode_images(const Parameters& parameters, const torch::Tensor& images);

/// voxels: [N, 1, 32, 32, 32] occupancy 0..1 -> [N, 128].
torch::Tensor encode_voxels(const Parameters& parameters, const torch::Tensor& voxels);

/// codes: [N, 128], voxels: [N, 1, 32, 32, 32] -> logits of the next occupancy, [N, 1, 32, 32, 32]. The generator's
/// output is added to the input voxels, so that a generator that says nothing returns the prior. The authors' default
/// ends in a ReLU, which has no gradient wherever the sum is negative; here the sum ends in the sigmoid that has the
/// identity's value and slope at occupancy 1/2. (Their `--final-sigmoid` turns an output of zero into a grey block.)
inline constexpr double output_slope = 4;
torch::Tensor generate(const Parameters& parameters, const torch::Tensor& codes, const torch::Tensor& voxels);

/// One refinement step: generate(encode_images + encode_voxels).
torch::Tensor refine_logits(const Parameters& parameters, const torch::Tensor& image_codes,
                            const torch::Tensor& voxels);

}  // namespace maquette::recon::wallace2019
