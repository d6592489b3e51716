#pragma once

#include <torch/types.h>

#include <cstdint>
#include <map>
#include <vector>

#include "recon/eval/prior_sampler.h"
#include "render/grid.h"

namespace maquette::recon {

/// What camera_network::draw_viewpoints gives for the mirrored shape.
torch::Tensor mirrored_viewpoints(const torch::Tensor& pictures);

/// camera_network::draw_viewpoints of many shapes, kept in 8 bits a value (200 KB a shape).
class ViewpointPictures {
public:
    /// Draws all of them, in parallel.
    ViewpointPictures(const PriorSampler& sampler, const std::vector<int>& shapes);

    /// Throws std::out_of_range on a shape that was not drawn.
    [[nodiscard]] torch::Tensor of(int shape) const;

private:
    std::map<int, std::vector<std::uint8_t>> pictures_;
};

}  // namespace maquette::recon
