#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "recon/refine/crop_camera.h"
#include "render/grid.h"
#include "render/image.h"

namespace maquette::recon {

/// A photo, its object and the prior, as far as hypotheses about the camera ask.
struct ComparedPhoto {
    std::int64_t photo = 0;  ///< row of the batch
    CropCamera truth;
    render::FloatImage mask;
    render::VoxelGrid prior;
    render::VoxelGrid shape;  ///< the object's true occupancy
    std::uint64_t seed = 0;   ///< of what is random about the hypotheses
};

/// H hypotheses about where the camera of each of M photos stood.
struct CameraHypotheses {
    torch::Tensor photos;              ///< [M] int64: rows of the batch
    torch::Tensor viewpoints;          ///< [M, H] int64: the viewpoint nearest to each
    torch::Tensor pictures;            ///< [M H, 2, 32, 32] of the prior, drawn by each hypothesis
    torch::Tensor targets;             ///< [M, H] share of belief each hypothesis deserves; rows sum to 1
    torch::Tensor corrections;         ///< [M H, 7] to the true camera
    torch::Tensor correction_weights;  ///< [M H] 0 where the hypothesis is too far off to be corrected
};

/// Three near the truth, one anywhere, the others where the match believes the camera to be.
inline constexpr int least_hypotheses = 5;

/// Logarithm, up to a constant: by how much the true shape, turned by the hypothesis' error, overlaps itself. Views
/// that a symmetric shape makes equal deserve the same. `cells`: solid_cells of the shape.
double deserved_belief(const render::VoxelGrid& shape, const std::vector<Eigen::Vector3d>& cells,
                       const CropCamera& truth, const CropCamera& hypothesis);

/// beliefs: [N, 96] logits of the match over the viewpoints, by which most hypotheses are drawn (without repetition:
/// the largest of logit and Gumbel noise): what is compared in training is what will be compared in use.
/// All are framed and disturbed alike; a network that could tell the near ones by how they were made would learn that.
/// Parallel over photos; the same for the same seeds and beliefs.
CameraHypotheses camera_hypotheses(const std::vector<ComparedPhoto>& photos, const torch::Tensor& beliefs, int count);

}  // namespace maquette::recon
