#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "recon/refine/view.h"
#include "render/grid.h"

namespace maquette::recon::diffusion {

struct NovelViewWeights;

struct ViewLoopOptions {
    int views = 3;
    float weight = 0.3F;     ///< of a generated view beside the photos' own, 0..1
    int steps = 20;          ///< of the sampler
    std::uint64_t seed = 1;  ///< of the first view; view k gets seed + k
};

/// Draws the views that photos lack: what a refiner takes beside the photos.
class ViewLoop {
public:
    /// Throws InputError where the file holds no novel-view network.
    explicit ViewLoop(const std::filesystem::path& weights);

    /// From the first photo and the shape so far, where cameras_for_unseen says. Fewer than asked where nothing is left
    /// to show. photos: the first one with a camera; threshold: occupancy of `coarse` that is solid. progress: with
    /// the share done; false ends it early, with nothing.
    [[nodiscard]] std::vector<View> unseen(std::span<const View> photos, const render::VoxelGrid& coarse,
                                           float threshold, const ViewLoopOptions& options,
                                           const std::function<bool(double)>& progress = {}) const;

private:
    std::shared_ptr<const NovelViewWeights> weights_;
};

}  // namespace maquette::recon::diffusion
