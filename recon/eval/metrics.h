#pragma once

#include <cstdint>
#include <vector>

#include "render/grid.h"
#include "render/image.h"
#include "render/triangle_mesh.h"

namespace maquette::recon {

/// Intersection over union of {prediction >= threshold} and {truth >= 0.5}. Two empty grids: 1. Throws UsageError when
/// the resolutions differ.
double iou(const render::VoxelGrid& prediction, const render::VoxelGrid& truth, float threshold);

/// Mask agreement, both thresholded at 0.5, one channel. Two empty masks: 1. Throws UsageError when the sizes differ.
double mask_iou(const render::FloatImage& a, const render::FloatImage& b);

/// Distances between point sets sampled on both surfaces (object units). Two equal surfaces keep the distance between
/// neighbouring samples: about half the root of area per sample. Throws InputError when a mesh is empty, UsageError
/// without samples.
struct SurfaceDistance {
    double chamfer_l1 = 0;  ///< (mean distance a -> b + mean distance b -> a) / 2
    double fscore_001 = 0;  ///< harmonic mean of precision and recall at 0.01
    double fscore_005 = 0;  ///< ... at 0.05
};
SurfaceDistance surface_distance(const render::TriangleMesh& prediction, const render::TriangleMesh& truth,
                                 int samples = 10000, unsigned seed = 1);

/// Mean over shapes with a percentile bootstrap interval: shapes are resampled within categories, the figure is the
/// mean over categories of category means. Throws UsageError without scores.
struct Interval {
    double mean = 0;
    double low = 0;
    double high = 0;
};
struct ShapeScore {
    int category = 0;  ///< index
    double value = 0;  ///< mean over the shape's queries
};
Interval bootstrap(const std::vector<ShapeScore>& scores, int resamples = 2000, double confidence = 0.95,
                   std::uint64_t seed = 1);

/// The same for the paired difference a - b, entry by entry of the same shapes. Throws UsageError when the lists
/// differ in length or categories.
Interval bootstrap_difference(const std::vector<ShapeScore>& a, const std::vector<ShapeScore>& b, int resamples = 2000,
                              double confidence = 0.95, std::uint64_t seed = 1);

/// The same for the ratio of the two figures; shapes are resampled in pairs. Throws as bootstrap_difference, and when
/// b's figure is 0.
Interval bootstrap_ratio(const std::vector<ShapeScore>& a, const std::vector<ShapeScore>& b, int resamples = 2000,
                         double confidence = 0.95, std::uint64_t seed = 1);

}  // namespace maquette::recon
