#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "recon/diffusion/usual_views.h"
#include "recon/diffusion/view_agreement.h"
#include "recon/refine/crop_camera.h"
#include "recon/refine/view.h"
#include "render/grid.h"

namespace maquette::recon {
class RefinementNetwork;
}
namespace maquette::priors {
struct CategoryPrior;
}

namespace maquette::recon::diffusion {

struct NovelViewWeights;

struct ViewLoopOptions {
    int views = usual_views;
    float weight = usual_view_weight;  ///< of a generated view beside the photos' own, 0..1
    int steps = usual_view_steps;      ///< of the sampler
    std::uint64_t seed = 1;            ///< of the first view; view k gets seed + k
    double from_render = 0;            ///< as in ViewDrawingOptions
    int optimise = 0;  ///< iterations of latent optimisation for what the photos show to be true; 0: none
    /// With which the optimisation looks whether the shape still fills the photos; borrowed, null: it does not.
    const RefinementNetwork* refiner = nullptr;
    const priors::CategoryPrior* prior = nullptr;
    std::vector<ViewAgreement>* agreement = nullptr;  ///< where to put what the optimisation did to each view, or null
};

/// Draws the views that photos lack: what a refiner takes beside the photos.
class ViewLoop {
public:
    /// preferences: differences to add to the weights, see apply_preference_delta; empty: none. Throws InputError where
    /// the files hold no novel-view network or no differences of it.
    explicit ViewLoop(const std::filesystem::path& weights, const std::filesystem::path& preferences = {});

    /// From the first photo and the shape so far, where cameras_for_unseen says. Fewer than asked where nothing is left
    /// to show. photos: the first one with a camera; threshold: occupancy of `coarse` that is solid. progress: with
    /// the share done; false ends it early, with nothing.
    [[nodiscard]] std::vector<View> unseen(std::span<const View> photos, const render::VoxelGrid& coarse,
                                           float threshold, const ViewLoopOptions& options,
                                           const std::function<bool(double)>& progress = {}) const;

    /// The same from cameras of one's own: one view for each target, whatever options.views says. No targets: none.
    [[nodiscard]] std::vector<View> seen_by(std::span<const CropCamera> targets, std::span<const View> photos,
                                            const render::VoxelGrid& coarse, float threshold,
                                            const ViewLoopOptions& options,
                                            const std::function<bool(double)>& progress = {}) const;

private:
    std::shared_ptr<const NovelViewWeights> weights_;
};

}  // namespace maquette::recon::diffusion
