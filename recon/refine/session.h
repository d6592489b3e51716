#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "priors/category_prior.h"
#include "recon/refine/mailbox.h"
#include "recon/refine/refinement_network.h"
#include "recon/refine/track.h"
#include "recon/refine/view.h"

namespace maquette::recon {

enum class SessionState { idle, running, paused, finished, failed };

/// "Running" and so on, for people.
const char* name_of(SessionState state);

/// What a run can be told. Holds for tracks begun later and for the rest of this one.
struct RunSettings {
    int iterations = 0;         ///< 1..100; 0: what the network recommends
    double tolerance = 0;       ///< a run ends after a step that changes occupancies by less on average; 0: never
    bool trust_prior = false;   ///< the prior counts whatever the photos show
    int silhouette_steps = -1;  ///< that fit the last shape to the outlines; -1: the usual where cameras are given
    bool operator==(const RunSettings&) const = default;
};

/// A run after its last step.
struct EndedRun {
    const RefinementNetwork& network;
    const EncodedViews& encoded;
    std::span<const View> views;  ///< the photos, with their cameras, where they are known; the first ones in `encoded`
    bool cameras_given = false;   ///< none of them is an estimate
    const priors::CategoryPrior& prior;
    const render::VoxelGrid& occupancy;
    int iterations = 0;
    RunSettings settings;
};

/// What becomes of it.
struct FinishedRun {
    render::VoxelGrid occupancy;
    bool doubted = false;  ///< prior and photos seem to show different kinds of things
};

/// What the worker does that depends on the networks at hand. Called on the worker's thread alone.
struct SessionEngine {
    /// Called once, before the first step; may take seconds.
    std::function<std::shared_ptr<const RefinementNetwork>()> load;
    /// Gives the views cameras where the network needs them, and encodes them. Throws Interrupted once `superseded`,
    /// which it asks every so often, says that nobody waits for the answer any more. Empty: network.encode.
    std::function<std::unique_ptr<EncodedViews>(const RefinementNetwork&, std::span<View>, const priors::CategoryPrior&,
                                                const std::function<bool()>& superseded)>
        encode;
    /// How well a field agrees with the views' masks; called after each step. Empty: not measured.
    std::function<std::optional<double>(const RefinementNetwork&, std::span<const View>, const render::VoxelGrid&)>
        agreement;
    /// Called after the last planned step: the shape it gives takes the place of the step's. Empty: nothing is done.
    std::function<FinishedRun(const EndedRun&)> finish;
};

struct SessionOptions {
    RunSettings run;
    std::size_t history_bytes = std::size_t{64} << 20U;  ///< bound on all kept shapes together
    std::size_t figures = 1000;                          ///< newest steps whose figures are kept
};

/// What a session was when it was kept, and goes on from.
struct SavedRuns {
    std::vector<View> given;                           ///< as for set_views
    std::vector<View> used;                            ///< with the cameras found, as in SessionReport::views
    std::vector<std::shared_ptr<const Track>> tracks;  ///< oldest first, at least one; each with prior and entries
};

/// Everything a window needs to show of a session. Immutable.
struct SessionReport {
    SessionState state = SessionState::idle;
    std::string activity;                              ///< what takes time now ("loading the network"); empty: nothing
    std::string error;                                 ///< of the last failure; empty after the next success
    std::vector<std::shared_ptr<const Track>> tracks;  ///< oldest first; the last one is what steps go to
    /// As used, with the cameras found; never null.
    std::shared_ptr<const std::vector<View>> views = std::make_shared<const std::vector<View>>();
    std::string architecture;    ///< empty until the network is loaded
    bool needs_cameras = false;  ///< of the network
    float threshold = 0.5F;      ///< of the network
    int iteration = 0;
    int planned = 0;
    double step_seconds = 0;       ///< smoothed; 0: no step yet
    unsigned long long steps = 0;  ///< taken since the session began
};

/// A refinement that one can watch and steer (DESIGN section 5). Owns one worker thread; every call returns at once and
/// takes effect before the next step. Changing prior or photos opens a new track that starts from the prior; a track
/// without a step is replaced by it. Safe to call from one thread while the worker runs.
class Session {
public:
    /// `notify` is called on the worker's thread after each report; it must return quickly and call nothing of the
    /// session.
    explicit Session(SessionEngine engine, SessionOptions options = {}, std::function<void()> notify = {});
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// From idle or paused; finished: from the prior again, on a new track.
    void run();
    void pause();
    /// One step, then paused. From finished: one step beyond what was planned.
    void step();
    /// Back to the prior, idle. The steps taken are forgotten.
    void reset();

    /// The state goes on: running, the next step starts from the new prior under the cameras at hand. Those that were
    /// estimated from the prior before are then found again, and the run from the new prior begins anew with them.
    /// Where all cameras are given, or none is needed, nothing is encoded again.
    void set_prior(std::shared_ptr<const priors::CategoryPrior> prior);
    /// All photos, with weights; those of weight 0 are left out. The state goes on.
    void set_views(std::vector<View> views);
    /// Views drawn by a network, beside the photos: a new run from the prior with them. Photos keep the cameras found.
    /// The views leave when prior, photos or network change. Empty: a new run without any.
    /// Throws UsageError on a view without a camera.
    void set_generated(std::vector<View> views);
    /// Throws UsageError on settings out of range.
    void set_run(const RunSettings& settings);
    /// Another network from now on.
    void set_engine(SessionEngine engine);
    /// Removes an earlier run from the report.
    void forget_track(int id);

    /// In place of all runs, of the prior and of the photos. Paused where the last run has steps, else idle. Tracks get
    /// new ids. Cameras that `given` lacks are found again before the next step, unless the last run has generated
    /// views: those were drawn for the cameras in `used`.
    /// Throws UsageError without a track, or on one without prior or entries.
    void restore(SavedRuns runs);

    /// Newest report since the last call; null when nothing changed. Never waits for a step.
    [[nodiscard]] std::shared_ptr<const SessionReport> take_report() { return reports_.take(); }

    /// Blocks until the worker has nothing to do, or the time is over. Returns whether it is at rest.
    bool wait_until_rest(double seconds);

private:
    /// What the worker alone touches.
    struct Work;
    enum class Wish { none, run, pause, step, reset };

    void worker(const std::stop_token& stop);
    bool take_orders(Work& work, const std::stop_token& stop);
    static void take_saved(Work& work, SavedRuns runs);
    void obey(Work& work, Wish wish) const;
    void prepare(Work& work);
    void encode(Work& work);
    static void drop_generated(Work& work);
    void advance(Work& work);
    void finish(Work& work);
    void begin_track(Work& work) const;
    bool has_orders();
    void publish(const Work& work);

    /// Orders that the worker has not taken yet, guarded by mutex_.
    struct Orders {
        std::vector<Wish> wishes;
        std::shared_ptr<const priors::CategoryPrior> prior;
        std::unique_ptr<std::vector<View>> views;
        std::shared_ptr<const std::vector<View>> generated;
        std::unique_ptr<SessionEngine> engine;
        std::unique_ptr<RunSettings> run;
        std::unique_ptr<SavedRuns> saved;
        std::vector<int> forgotten;
        [[nodiscard]] bool empty() const;
    };
    template <typename Change>
    void order(Change change);

    SessionOptions options_;
    std::function<void()> notify_;
    Mailbox<SessionReport> reports_;
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::condition_variable rest_;
    Orders orders_;
    bool resting_ = false;
    std::jthread thread_;
};

}  // namespace maquette::recon
