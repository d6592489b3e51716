#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "priors/category_prior.h"
#include "recon/refine/crop_camera.h"
#include "recon/refine/view.h"
#include "render/camera.h"
#include "render/grid.h"

namespace maquette::recon {

/// Everything a network remembers of the photos. Independent of the prior, so a prior swap encodes nothing again.
class EncodedViews {
public:
    virtual ~EncodedViews() = default;
    [[nodiscard]] virtual int count() const = 0;
    /// Some of the views, in the order given; indices may repeat. Encodes nothing again.
    /// Throws UsageError on an index outside 0..count()-1.
    [[nodiscard]] virtual std::unique_ptr<EncodedViews> pick(std::span<const int> views) const = 0;
};

class DifferentiableRefiner;
struct DisplacementGrid;

/// One step asked of a network; the pointers are borrowed for the call.
struct RefinementQuery {
    const EncodedViews* views = nullptr;
    const priors::CategoryPrior* prior = nullptr;
    const render::VoxelGrid* current = nullptr;
    int iteration = 0;
    /// Where to put from where each place of the next field came, or null: not asked. Left empty by networks that move
    /// nothing.
    DisplacementGrid* displacement = nullptr;
};

struct CameraJudgement {
    CropCamera better;        ///< the camera corrected
    double expected_iou = 0;  ///< of the step's result under the camera as it was, 0..1
};

/// One refinement step, whatever the architecture. Holds no run state: safe to share between runs, not between
/// threads at the same moment.
class RefinementNetwork {
public:
    virtual ~RefinementNetwork() = default;

    [[nodiscard]] virtual std::string architecture() const = 0;
    /// Whether every view must come with its camera.
    [[nodiscard]] virtual bool needs_cameras() const = 0;
    [[nodiscard]] virtual long long parameter_count() const = 0;
    /// Occupancy at or above this is solid; chosen on base validation.
    [[nodiscard]] virtual float threshold() const = 0;
    /// Iterations that did best on base validation.
    [[nodiscard]] virtual int default_iterations() const = 0;
    /// Steps to take where the user asks for none: the default, but every view at least once where a step sees one.
    [[nodiscard]] virtual int iterations_for(int views) const { return std::max(default_iterations(), views); }
    /// "__metadata__" of the weights file.
    [[nodiscard]] virtual const std::map<std::string, std::string>& metadata() const = 0;

    /// Throws UsageError when `views` is empty, or a view lacks the camera that the network needs.
    [[nodiscard]] virtual std::unique_ptr<EncodedViews> encode(std::span<const View> views) const = 0;

    /// The next occupancy (32^3, 0..1) from the current one; iteration 0 starts from the prior's mean field.
    [[nodiscard]] virtual render::VoxelGrid step(const EncodedViews& views, const priors::CategoryPrior& prior,
                                                 const render::VoxelGrid& current, int iteration) const = 0;

    /// Many independent steps at once, in the order asked; what evaluations use. Same figures as `step` within
    /// rounding.
    [[nodiscard]] virtual std::vector<render::VoxelGrid> step_batch(std::span<const RefinementQuery> queries) const;

    /// The view `view` of `views` as if it had been taken by other cameras: one view for each camera. Encodes nothing
    /// again. Throws UsageError where views carry no cameras, or `view` is outside 0..count()-1.
    [[nodiscard]] virtual std::unique_ptr<EncodedViews> posed(const EncodedViews& views, int view,
                                                              std::span<const render::Camera> cameras) const;

    /// Whether `judge_cameras` is there.
    [[nodiscard]] virtual bool judges_cameras() const { return false; }
    /// What the network makes of the cameras of single views, in the order asked. queries: each of one view, current:
    /// what a step with it gave; cameras: those of the views. Throws UsageError where there is no such judgement.
    [[nodiscard]] virtual std::vector<CameraJudgement> judge_cameras(std::span<const RefinementQuery> queries,
                                                                     std::span<const CropCamera> cameras) const;

    /// Whether `detail` knows more of these views than `step` does.
    [[nodiscard]] virtual bool has_detail(const EncodedViews& /*views*/) const { return false; }
    /// What `step` gives for the query, resolved finer: occupancy on `resolution`^3 cells, 64, 128, 256 or 512.
    /// Throws UsageError on another resolution, or where there is no detail.
    [[nodiscard]] virtual render::VoxelGrid detail(const RefinementQuery& query, int resolution) const;

    /// The network as a function that pictures can be improved by, owned by this one; null: it is none.
    [[nodiscard]] virtual const DifferentiableRefiner* differentiable() const { return nullptr; }
};

/// Reads the architecture from the file's metadata and builds that network. Strict: throws InputError that lists
/// missing and unexpected tensors and wrong shapes.
std::unique_ptr<RefinementNetwork> load_refinement_network(const std::filesystem::path& weights);

/// LibTorch set up for this machine: all cores (or `threads`), denormals flushed. Call once, before any network.
void configure_compute(int threads);

/// work(i) for i in 0..count-1 on all cores, LibTorch on one thread in each: several times faster than one call after
/// another where each is small.
void for_each_on_one_thread(std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace maquette::recon
