#pragma once

#include <opencv2/core.hpp>

#include "recon/refine/outline_completion.h"

/// What outlines are completed and trimmed by.
namespace maquette::recon {

/// Of the level, that occupancy falls by in a cell at a surface that is made anew.
inline constexpr double new_surface_slope = 0.5;

/// [height, width] 255 where the mask covers half of a pixel and more, else 0.
cv::Mat inside_of(const render::FloatImage& mask);

/// [height, width] pixels from each to the nearest that is not inside; what is beyond the picture is not.
cv::Mat distance_within(const cv::Mat& inside);

/// What sticks out of the mask by more than `allowed` pixels goes, unless it is much of the shape.
void trim_to_outline(render::VoxelGrid& field, float level, const PosedMask& mask, double allowed);

}  // namespace maquette::recon
