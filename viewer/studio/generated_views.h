#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "recon/cli/command_options.h"
#include "recon/refine/refiner.h"
#include "recon/refine/view.h"
#include "viewer/studio/inputs.h"
#include "viewer/studio/task_queue.h"

namespace maquette::recon::diffusion {
class ViewLoop;
}  // namespace maquette::recon::diffusion

namespace maquette::viewer {

/// What views are generated from. They are stale once any of it is another.
struct ViewBasis {
    std::vector<PhotoInput> inputs;  ///< all photos, as the user had them
    std::shared_ptr<const priors::CategoryPrior> prior;
    std::shared_ptr<const recon::RefinementSnapshot> shape;  ///< the result
    std::shared_ptr<const std::vector<recon::View>> photos;  ///< with cameras; the first one is drawn from
    std::filesystem::path weights;                           ///< of the diffusion network
    std::filesystem::path preferences;                       ///< differences to add to them; empty: none
    float threshold = 0.5F;                                  ///< occupancy of the result that is solid
};

/// One seed's picture of a pose. Immutable.
struct DrawnView {
    std::shared_ptr<const recon::View> view;  ///< with its camera
    std::uint64_t seed = 0;
    int steps = 0;               ///< of the sampler
    std::string weights_sha256;  ///< of the network that drew it
};

/// A view that the photos lack.
struct GeneratedView {
    int id = 0;  ///< its own, also after others are removed
    DrawnView drawn;
    bool on = true;  ///< enters the next run
};

/// Views that a diffusion network draws of what the photos lack, on a thread of its own. Used from one thread.
class GeneratedViews {
public:
    using Options = recon::cli::GeneratedViewOptions;

    /// `notify` is called on the worker's thread when `poll` would find something; `failed` by `poll` with what went
    /// wrong.
    GeneratedViews(std::function<void()> notify, std::function<void(const std::string&)> failed);
    ~GeneratedViews();
    GeneratedViews(const GeneratedViews&) = delete;
    GeneratedViews& operator=(const GeneratedViews&) = delete;

    /// Views in place of those there are, when they are done. Returns at once, as all of these do.
    void generate(std::shared_ptr<const ViewBasis> basis, const Options& options, std::uint64_t first_seed);
    /// One view anew, from the same basis. No seed: one that was not used before. Ignored without a basis.
    void regenerate(int id, int steps, std::optional<std::uint64_t> seed = {});
    /// A picture of the view's pose by a seed that was not used before, given to `done` and put nowhere.
    void draw_rival(int id, const std::function<void(DrawnView)>& done);
    /// What is being drawn or waits for it is dropped.
    void cancel();

    void set_on(int id, bool on);
    void remove(int id);
    void replace(int id, DrawnView drawn);
    /// Views that were kept, in place of all; ids are given anew. No basis: nothing is known of it any more.
    void restore(std::vector<GeneratedView> views, std::shared_ptr<const ViewBasis> basis);

    /// Takes in what was drawn. Returns whether anything changed.
    bool poll();
    [[nodiscard]] bool idle() const { return jobs_.empty() && queue_.idle(); }
    /// What all views are being drawn anew from; null: they are not.
    [[nodiscard]] std::shared_ptr<const ViewBasis> drawing_all() const;
    [[nodiscard]] bool drawing(int id) const;
    /// Share of what is being drawn that is done, 0..1; 0: nothing is.
    [[nodiscard]] double progress() const;

    [[nodiscard]] const std::vector<GeneratedView>& views() const { return views_; }
    /// Null where there is none of the id.
    [[nodiscard]] const GeneratedView* find(int id) const;
    /// What the views were drawn from; null: none, or not known.
    [[nodiscard]] const std::shared_ptr<const ViewBasis>& basis() const { return basis_; }
    /// Larger than all that were.
    [[nodiscard]] std::uint64_t unused_seed() const { return unused_seed_; }

private:
    /// Of the window's thread, but for the atomics.
    struct Job {
        int view = 0;                            ///< 0: all
        std::shared_ptr<const ViewBasis> basis;  ///< that they are drawn from
        std::uint64_t seed = 0;                  ///< of the first
        int steps = 0;
        std::atomic<bool> cancelled = false;
        std::atomic<float> share = 0;
    };
    using Draw = std::function<std::vector<recon::View>(const recon::diffusion::ViewLoop&, const Job&,
                                                        const std::function<bool(double)>& progress)>;

    void start(const std::shared_ptr<Job>& job, const Draw& draw,
               const std::function<void(std::vector<DrawnView>)>& done);
    void draw_one(const GeneratedView& view, int steps, std::uint64_t seed, const std::function<void(DrawnView)>& done);
    /// On the worker.
    const recon::diffusion::ViewLoop& loop_of(const ViewBasis& basis);

    std::function<void()> notify_;
    std::function<void(const std::string&)> failed_;
    std::vector<GeneratedView> views_;
    std::shared_ptr<const ViewBasis> basis_;
    int next_id_ = 1;
    std::uint64_t unused_seed_ = 1;
    std::vector<std::shared_ptr<Job>> jobs_;  ///< oldest first
    double seen_progress_ = 0;
    /// The network that the worker read last, its own.
    struct Loaded;
    std::unique_ptr<Loaded> loaded_;
    TaskQueue queue_;  ///< the last member: its thread ends before what it works on
};

}  // namespace maquette::viewer
