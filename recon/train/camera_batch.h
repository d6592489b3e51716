#pragma once

#include <torch/types.h>

#include <vector>

#include "recon/data/shape_dataset.h"
#include "recon/eval/prior_sampler.h"
#include "recon/train/random_stream.h"
#include "recon/train/sample_settings.h"
#include "recon/train/viewpoint_pictures.h"

namespace maquette::recon {

/// N photos of the objects of G priors (photo i: prior i / (N / G)), and H hypotheses about where the camera of each of
/// M of the photos stood.
struct CameraBatch {
    torch::Tensor images;              ///< [N, 4, 128, 128]
    torch::Tensor viewpoint_pictures;  ///< [G, 96, 2, 32, 32] of the priors
    torch::Tensor viewpoint_targets;   ///< [N, 96] share of belief each viewpoint deserves; rows sum to 1
    torch::Tensor compared;            ///< [M] int64: photos that hypotheses are about
    torch::Tensor pictures;            ///< [M H, 2, 32, 32] of the prior, drawn by each hypothesis
    torch::Tensor targets;             ///< [M, H] share of belief each hypothesis deserves; rows sum to 1
    torch::Tensor corrections;         ///< [M H, 7] to the true camera
    torch::Tensor correction_weights;  ///< [M H] 0 where the hypothesis is too far off to be corrected
};

/// Random training samples; batch n is the same in every run of a seed.
///
/// A hypothesis deserves belief by how much the true shape, turned by the hypothesis' error, overlaps itself: views
/// that a symmetric shape makes equal share it.
class CameraBatchSource {
public:
    CameraBatchSource(const ShapeDataset& dataset, std::vector<int> shapes, CameraBatchSettings settings);

    /// Parallel over priors.
    [[nodiscard]] CameraBatch batch(long long number) const;
    [[nodiscard]] const PriorSampler& sampler() const { return sampler_; }

private:
    /// A prior, mirrored or not, and what photos may show with it.
    struct Subject {
        std::vector<int> shapes;
        render::VoxelGrid prior;
        bool flip = false;
    };

    [[nodiscard]] CameraBatch empty_batch() const;
    Subject draw_subject(RandomStream& random, torch::Tensor pictures) const;
    void draw_photo(const Subject& subject, RandomStream& random, CameraBatch& batch, int photo, int compared) const;

    const ShapeDataset* dataset_;
    std::vector<int> shapes_;
    CameraBatchSettings settings_;
    PriorSampler sampler_;
    ViewpointPictures viewpoint_pictures_;
};

}  // namespace maquette::recon
