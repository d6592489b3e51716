#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "priors/category_prior.h"
#include "recon/data/shape_dataset.h"
#include "recon/diffusion/novel_view_weights.h"
#include "recon/eval/metrics.h"
#include "recon/refine/camera_estimate.h"
#include "recon/refine/crop_camera.h"
#include "recon/refine/refinement_network.h"
#include "recon/refine/view.h"

namespace maquette::recon {

/// Angles between photo and target that novel views are measured at, degrees of azimuth.
inline constexpr std::array<int, 4> view_angles = {30, 60, 90, 180};

/// A view of the dataset that is to be drawn from a photo.
struct ViewTarget {
    int angle = 0;  ///< one of view_angles; the true one is within view_angle_slack
    View truth;     ///< with its camera
};
inline constexpr double view_angle_slack = 15;  // degrees

/// A photo with a true camera, and what the refiner makes of it.
struct ViewQuery {
    int shape = 0;     ///< index into the dataset
    int category = 0;  ///< index into the bench's categories
    View photo;
    priors::CategoryPrior prior;
    render::VoxelGrid truth;
    render::VoxelGrid coarse;  ///< as `reconstruct` gives it with the camera given
    std::vector<ViewTarget> targets;
};

struct DiffusionBenchOptions {
    int views = 2;                ///< photos of each shape
    int shapes_per_category = 0;  ///< 0: all
    std::uint64_t seed = 1;
};

/// What the parts of `eval diffusion` share: test shapes of one split, photos, coarse shapes and networks.
class DiffusionBench {
public:
    struct Networks {
        std::shared_ptr<const RefinementNetwork> refiner;
        std::shared_ptr<const CameraEstimator> estimator;
        std::shared_ptr<const diffusion::NovelViewWeights> novel_view;
        std::shared_ptr<const diffusion::NovelViewWeights> without_geometry;  ///< trained so; may be null
        /// Tuned from novel_view by preferences, and rivals of that, by name.
        std::vector<std::pair<std::string, std::shared_ptr<const diffusion::NovelViewWeights>>> tuned;
    };

    /// Throws InputError where the split has no shapes with enough views.
    DiffusionBench(const ShapeDataset& dataset, priors::Split split, Networks networks,
                   const DiffusionBenchOptions& options, std::function<void(const std::string&, double)> progress,
                   std::stop_token stop);

    [[nodiscard]] const Networks& networks() const { return networks_; }
    [[nodiscard]] const std::vector<ViewQuery>& queries() const { return queries_; }
    [[nodiscard]] const std::vector<std::string>& categories() const { return categories_; }
    [[nodiscard]] std::uint64_t seed() const { return options_.seed; }
    [[nodiscard]] int picture_size() const;

    /// Says what is going on, 0..1 of the stage done; throws Interrupted when asked to stop.
    void announce(const std::string& stage, double share) const;

    /// Figures of all queries, in their order, to one score a shape; not-a-number: the query has none.
    [[nodiscard]] std::vector<ShapeScore> by_shape(const std::vector<double>& per_query) const;

private:
    Networks networks_;
    DiffusionBenchOptions options_;
    std::function<void(const std::string&, double)> progress_;
    std::stop_token stop_;
    std::vector<std::string> categories_;
    std::vector<ViewQuery> queries_;
};

}  // namespace maquette::recon
