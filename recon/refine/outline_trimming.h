#pragma once

#include <opencv2/core.hpp>

#include "recon/refine/outline_completion.h"

/// What outlines are completed and trimmed by.
namespace maquette::recon {

/// Of the level, that occupancy falls by in a cell at a surface that is made anew.
inline constexpr double new_surface_slope = 0.5;

/// A mask as a camera sees it.
struct Outline {
    render::Camera camera;
    cv::Mat inside;         ///< [height, width] 255 where the mask covers half of a pixel and more, else 0
    cv::Mat depth_in_mask;  ///< [height, width] pixels to the nearest that is not inside; beyond the picture none is
};

Outline outline_of(const PosedMask& mask);

/// What sticks out of the outline by more than `allowed` pixels goes, unless it is much of the shape.
void trim_to_outline(render::VoxelGrid& field, float level, const Outline& outline, double allowed);

}  // namespace maquette::recon
