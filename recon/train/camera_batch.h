#pragma once

#include <torch/types.h>

#include <vector>

#include "recon/data/random_stream.h"
#include "recon/data/shape_dataset.h"
#include "recon/eval/prior_sampler.h"
#include "recon/train/camera_hypotheses.h"
#include "recon/train/sample_settings.h"
#include "recon/train/viewpoint_pictures.h"

namespace maquette::recon {

/// N photos of the objects of G priors (photo i: prior i / (N / G)).
struct CameraBatch {
    torch::Tensor images;                 ///< [N, 4, 128, 128]
    torch::Tensor viewpoint_pictures;     ///< [G, 96, 2, 32, 32] of the priors
    torch::Tensor viewpoint_targets;      ///< [N, 96] share of belief each viewpoint deserves; rows sum to 1
    std::vector<ComparedPhoto> compared;  ///< the photos that hypotheses are made about
};

/// Random training samples; batch n is the same in every run of a seed.
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
