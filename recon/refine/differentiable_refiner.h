#pragma once

#include <torch/types.h>

#include <span>

#include "priors/category_prior.h"
#include "recon/refine/refinement_network.h"
#include "render/camera.h"

namespace maquette::recon {

/// What a refinement is asked of pictures that stand beside photos; the pointers are borrowed for the call.
struct PictureQuery {
    const EncodedViews* photos = nullptr;  ///< of the same network
    const priors::CategoryPrior* prior = nullptr;
    std::span<const render::Camera> cameras;  ///< of the pictures
    float weight = 1;                         ///< of a picture beside the photos' own, above 0
    int iterations = 1;
};

/// A refinement network as a function of pictures, for what is to be learnt about them: its own parameters are fixed.
class DifferentiableRefiner {
public:
    virtual ~DifferentiableRefiner() = default;

    /// Pixels a side of the pictures it takes.
    [[nodiscard]] virtual int picture_size() const = 0;

    /// What `iterations` steps from the prior make of all photos and ONE of the pictures, for each picture: log-odds of
    /// occupancy [N, 1, 32, 32, 32], as RefinementNetwork::step gives within rounding. pictures: [N, 4, S, S], RGB over
    /// black and mask, 0..1, float32; gradients reach them. Throws UsageError when there is not one camera a picture,
    /// the weight is not above 0, or the photos were encoded by another network.
    [[nodiscard]] virtual torch::Tensor refined_with(const PictureQuery& query,
                                                     const torch::Tensor& pictures) const = 0;
};

}  // namespace maquette::recon
