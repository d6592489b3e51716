#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "recon/data/shape_dataset.h"
#include "recon/encoders/capture.h"
#include "recon/encoders/covariate_network.h"
#include "recon/refine/view.h"
#include "render/grid.h"

namespace maquette::recon {

/// Photos with what is known of how they were taken, and what is to be seen in them.
struct CaptureSamples {
    torch::Tensor pictures;    ///< [M, 4, 64, 64] 0..255, uint8
    torch::Tensor covariates;  ///< [M, encoders::covariate_count], all known, as encoders::Capture has them
    torch::Tensor shapes;      ///< [M, encoders::seen_cells] occupancy as shape_as_seen gives it, in eighths, uint8
    torch::Tensor categories;  ///< [M] int64, index into `names`; -1: of none
    std::vector<int> shape;    ///< [M] index into the dataset
    std::vector<std::string> names;

    [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(shape.size()); }
};

struct CaptureSettings {
    int views = 12;  ///< of each shape, at the most
    /// Changes a photo before it is looked at, by its number; the camera has to stay true. Empty: none is changed.
    std::function<void(View&, std::uint64_t)> change;
};

/// Views of the shapes, all in memory. names: the categories to know; empty: those of the shapes. Parallel over views.
/// Throws InputError without shapes.
CaptureSamples capture_samples(const ShapeDataset& dataset, const std::vector<int>& shapes,
                               const CaptureSettings& settings, const std::vector<std::string>& names = {});

/// The shape upright and turned so that +Z points to where the camera stands: what a photo says of a shape when nobody
/// says where its front is. Occupancy, 16 cells a side across 1.2 object units, mean of eight places in each.
render::VoxelGrid shape_as_seen(const render::VoxelGrid& occupancy, double azimuth_degrees);

}  // namespace maquette::recon
