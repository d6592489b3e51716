#include "recon/refine/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <numeric>
#include <utility>

#include "render/error.h"

namespace maquette::recon {
namespace {

using Clock = std::chrono::steady_clock;

double mean_change(const render::Grid& a, const render::Grid& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.values.size(); ++i) sum += std::abs(a.values[i] - b.values[i]);
    return sum / static_cast<double>(std::max<std::size_t>(a.values.size(), 1));
}

std::string track_name(const priors::CategoryPrior& prior, const std::vector<View>& views, std::size_t generated) {
    const auto used = std::count_if(views.begin(), views.end(), [](const View& view) { return view.weight > 0; });
    std::string name = prior.name.empty() ? "no prior" : prior.name;
    if (used > 1) name += fmt::format(", {} photos", used);
    if (generated > 0) name += fmt::format(" + {} generated", generated);
    return name;
}

bool lacks_camera(const std::vector<View>& views) {
    return std::any_of(views.begin(), views.end(), [](const View& view) { return !view.camera; });
}

/// The cameras that the same photos were found to have before.
void keep_cameras(const std::vector<View>& found, std::vector<View>& views) {
    if (found.size() != views.size()) return;
    for (std::size_t i = 0; i < views.size(); ++i) {
        if (!views[i].camera && views[i].name == found[i].name) views[i].camera = found[i].camera;
    }
}

}  // namespace

const char* name_of(SessionState state) {
    switch (state) {
        case SessionState::idle:
            return "Idle";
        case SessionState::running:
            return "Running";
        case SessionState::paused:
            return "Paused";
        case SessionState::finished:
            return "Finished";
        case SessionState::failed:
            return "Failed";
    }
    return "";
}

struct Session::Work {
    SessionEngine engine;
    std::shared_ptr<const RefinementNetwork> network;
    std::shared_ptr<const priors::CategoryPrior> prior;
    std::vector<View> given;  ///< as the user gave them
    std::shared_ptr<const std::vector<View>> views = std::make_shared<std::vector<View>>();
    std::shared_ptr<const std::vector<View>> generated;        ///< beside the photos; null: none
    std::unique_ptr<EncodedViews> encoded;                     ///< of the photos, then of the generated views
    std::shared_ptr<const priors::CategoryPrior> encoded_for;  ///< the prior that `encoded` was made with
    std::vector<std::shared_ptr<const Track>> tracks;
    SessionState state = SessionState::idle;
    std::string activity;
    std::string error;
    int next_id = 1;
    RunSettings run;
    int planned = 0;
    int steps_asked = 0;  ///< single steps still to take
    double step_seconds = 0;
    unsigned long long steps = 0;

    /// Whether cameras are estimated from the prior.
    [[nodiscard]] bool estimates_cameras() const {
        return network && network->needs_cameras() && engine.encode &&
               std::any_of(given.begin(), given.end(),
                           [](const View& view) { return view.weight > 0 && !view.camera; });
    }
    /// Whether the cameras in `encoded` were estimated from another prior.
    [[nodiscard]] bool outdated() const { return encoded && encoded_for != prior && estimates_cameras(); }
    [[nodiscard]] bool busy() const { return state == SessionState::running || steps_asked > 0; }
    [[nodiscard]] int iteration() const {
        return tracks.empty() ? 0 : tracks.back()->entries.back().snapshot->iteration;
    }
};

bool Session::Orders::empty() const {
    return wishes.empty() && !prior && !views && !generated && !engine && !run && !saved && forgotten.empty();
}

Session::Session(SessionEngine engine, SessionOptions options, std::function<void()> notify)
    : options_(options), notify_(std::move(notify)) {
    orders_.engine = std::make_unique<SessionEngine>(std::move(engine));
    orders_.run = std::make_unique<RunSettings>(options.run);
    thread_ = std::jthread([this](const std::stop_token& stop) { worker(stop); });
}

Session::~Session() {
    thread_.request_stop();
    thread_.join();
}

template <typename Change>
void Session::order(Change change) {
    {
        const std::lock_guard lock(mutex_);
        change(orders_);
        resting_ = false;
    }
    wake_.notify_all();
}

void Session::run() {
    order([](Orders& orders) { orders.wishes.push_back(Wish::run); });
}
void Session::pause() {
    order([](Orders& orders) { orders.wishes.push_back(Wish::pause); });
}
void Session::step() {
    order([](Orders& orders) { orders.wishes.push_back(Wish::step); });
}
void Session::reset() {
    order([](Orders& orders) { orders.wishes.push_back(Wish::reset); });
}
void Session::set_prior(std::shared_ptr<const priors::CategoryPrior> prior) {
    order([&](Orders& orders) {
        orders.generated.reset();
        orders.prior = std::move(prior);
    });
}
void Session::set_views(std::vector<View> views) {
    order([&](Orders& orders) {
        orders.generated.reset();
        orders.views = std::make_unique<std::vector<View>>(std::move(views));
    });
}
void Session::set_generated(std::vector<View> views) {
    for (const View& view : views) {
        if (!view.camera) throw UsageError(fmt::format("{}: a generated view without a camera", view.name));
    }
    order([&](Orders& orders) { orders.generated = std::make_shared<const std::vector<View>>(std::move(views)); });
}
void Session::set_run(const RunSettings& settings) {
    if (settings.iterations < 0 || settings.iterations > 100 || settings.tolerance < 0 ||
        settings.silhouette_steps < -1) {
        throw UsageError(
            fmt::format("{} iterations, tolerance {} and {} silhouette steps asked for; give 1 to 100, or 0 "
                        "for the usual, 0 or more, and -1 or more",
                        settings.iterations, settings.tolerance, settings.silhouette_steps));
    }
    order([&](Orders& orders) { orders.run = std::make_unique<RunSettings>(settings); });
}
void Session::set_engine(SessionEngine engine) {
    order([&](Orders& orders) {
        orders.generated.reset();
        orders.engine = std::make_unique<SessionEngine>(std::move(engine));
    });
}
void Session::forget_track(int id) {
    order([id](Orders& orders) { orders.forgotten.push_back(id); });
}

void Session::restore(SavedRuns runs) {
    const auto complete = [](const auto& track) { return track && track->prior && !track->entries.empty(); };
    if (runs.tracks.empty() || !std::all_of(runs.tracks.begin(), runs.tracks.end(), complete)) {
        throw UsageError("the runs to go on from are not complete");
    }
    order([&](Orders& orders) {
        // What was ordered before was about the runs that go.
        orders.wishes.clear();
        orders.prior.reset();
        orders.views.reset();
        orders.generated.reset();
        orders.forgotten.clear();
        orders.saved = std::make_unique<SavedRuns>(std::move(runs));
    });
}

bool Session::wait_until_rest(double seconds) {
    std::unique_lock lock(mutex_);
    return rest_.wait_for(lock, std::chrono::duration<double>(seconds), [this] { return resting_; });
}

void Session::begin_track(Work& work) const {
    if (!work.prior) return;
    if (!work.tracks.empty() && work.tracks.back()->entries.size() < 2) work.tracks.pop_back();
    auto snapshot = std::make_shared<RefinementSnapshot>();
    snapshot->occupancy = work.prior->mean;
    auto track = std::make_shared<Track>();
    track->id = work.next_id++;
    track->name = track_name(*work.prior, work.given, work.generated ? work.generated->size() : 0);
    track->prior = work.prior;
    track->generated = work.generated;
    track->entries.push_back({std::move(snapshot), std::nullopt, Clock::now()});
    work.tracks.push_back(std::move(track));
    forget_until_within(work.tracks, options_.history_bytes);
    work.planned = 0;
    work.error.clear();
}

void Session::obey(Work& work, Wish wish) const {
    const bool ended = work.state == SessionState::finished || work.state == SessionState::failed;
    switch (wish) {
        case Wish::none:
            break;
        case Wish::run:
            if (ended) begin_track(work);
            work.state = SessionState::running;
            work.steps_asked = 0;
            break;
        case Wish::pause:
            if (work.state == SessionState::running) work.state = SessionState::paused;
            work.steps_asked = 0;
            break;
        case Wish::step:
            if (work.state == SessionState::running || work.state == SessionState::failed) {
                work.state = SessionState::paused;
            }
            ++work.steps_asked;
            break;
        case Wish::reset:
            if (!work.tracks.empty()) work.tracks.pop_back();
            begin_track(work);
            work.state = SessionState::idle;
            work.steps_asked = 0;
            break;
    }
}

void Session::take_saved(Work& work, SavedRuns runs) {
    work.tracks.clear();
    for (const auto& saved : runs.tracks) {
        auto track = std::make_shared<Track>(*saved);
        track->id = work.next_id++;
        work.tracks.push_back(std::move(track));
    }
    work.prior = work.tracks.back()->prior;
    work.given = std::move(runs.given);
    work.views = std::make_shared<const std::vector<View>>(std::move(runs.used));
    work.generated = work.tracks.back()->generated;
    work.encoded.reset();
    work.state = work.iteration() > 0 ? SessionState::paused : SessionState::idle;
    work.steps_asked = 0;
    work.planned = 0;
    work.error.clear();
}

/// What was encoded of the photos stays.
void Session::drop_generated(Work& work) {
    if (!work.generated) return;
    work.generated.reset();
    if (!work.encoded) return;
    std::vector<int> photos(work.views->size());
    std::iota(photos.begin(), photos.end(), 0);
    work.encoded = work.encoded->pick(photos);
}

bool Session::take_orders(Work& work, const std::stop_token& stop) {
    Orders orders;
    {
        std::unique_lock lock(mutex_);
        if (orders_.empty() && !work.busy()) {
            resting_ = true;
            rest_.notify_all();
            wake_.wait(lock, stop, [this] { return !orders_.empty(); });
        }
        if (stop.stop_requested()) return false;
        std::swap(orders, orders_);
        resting_ = false;
    }
    if (orders.empty()) return true;
    if (orders.engine) {
        work.engine = std::move(*orders.engine);
        work.network.reset();
        work.encoded.reset();
    }
    if (orders.run) {
        work.run = *orders.run;
        work.planned = 0;
    }
    if (orders.saved) {
        take_saved(work, std::move(*orders.saved));
        forget_until_within(work.tracks, options_.history_bytes);
    }
    for (const int id : orders.forgotten) {
        if (work.tracks.size() < 2) break;
        std::erase_if(work.tracks, [&](const auto& track) { return track->id == id && track != work.tracks.back(); });
    }
    const bool new_photos = orders.views || orders.generated || (orders.engine && !orders.saved);
    if (new_photos || (orders.prior && orders.prior != work.prior)) drop_generated(work);
    if (orders.prior) work.prior = std::move(orders.prior);
    if (orders.views) {
        work.given = std::move(*orders.views);
        work.encoded.reset();
        work.views = std::make_shared<std::vector<View>>(work.given);
    }
    if (orders.generated) {
        work.encoded.reset();
        if (!orders.generated->empty()) work.generated = std::move(orders.generated);
    }
    const bool new_inputs = !work.tracks.empty() && (work.tracks.back()->prior != work.prior || new_photos);
    if (work.prior && (work.tracks.empty() || new_inputs)) {
        begin_track(work);
        if (work.state == SessionState::finished || work.state == SessionState::failed) {
            work.state = SessionState::idle;
        }
    }
    for (const Wish wish : orders.wishes) obey(work, wish);
    publish(work);
    return true;
}

bool Session::has_orders() {
    const std::lock_guard lock(mutex_);
    return !orders_.empty() || thread_.get_stop_token().stop_requested();
}

void Session::encode(Work& work) {
    std::vector<View> used;
    std::copy_if(work.given.begin(), work.given.end(), std::back_inserter(used),
                 [](const View& view) { return view.weight > 0; });
    if (used.empty()) throw UsageError("no photo to reconstruct from; add one, or switch one on");
    const bool again = work.outdated();
    work.activity = work.network->needs_cameras() ? "Finding the cameras of the photos" : "Looking at the photos";
    publish(work);
    const auto encode_photos = [&] {
        return work.engine.encode
                   ? work.engine.encode(*work.network, used, *work.prior, [this] { return has_orders(); })
                   : work.network->encode(used);
    };
    if (work.generated) {
        // They were drawn for the cameras at hand.
        keep_cameras(*work.views, used);
        if (work.network->needs_cameras() && lacks_camera(used)) encode_photos();
        std::vector<View> all = used;
        all.insert(all.end(), work.generated->begin(), work.generated->end());
        work.encoded = work.network->encode(all);
    } else {
        work.encoded = encode_photos();
    }
    work.encoded_for = work.prior;
    work.views = std::make_shared<std::vector<View>>(std::move(used));
    if (!again || work.iteration() == 0) return;
    // What was shown at once was seen by the cameras of the prior before.
    auto track = std::make_shared<Track>(*work.tracks.back());
    track->entries.resize(1);
    track->figures.clear();
    track->views.reset();
    work.tracks.back() = std::move(track);
}

void Session::prepare(Work& work) {
    if (!work.prior) throw UsageError("no prior chosen; pick one from the list");
    if (!work.network) {
        work.activity = "Loading the network";
        publish(work);
        work.network = work.engine.load();
    }
    // The first step after a swap does not wait for the cameras.
    const bool first_of_run = work.state == SessionState::running && work.iteration() == 0;
    if (!work.encoded || (work.outdated() && !first_of_run)) encode(work);
    work.activity.clear();
    if (work.tracks.empty()) begin_track(work);
    if (work.planned == 0) {
        work.planned =
            work.run.iterations > 0 ? work.run.iterations : work.network->iterations_for(work.encoded->count());
    }
}

void Session::advance(Work& work) {
    prepare(work);
    if (work.state == SessionState::running && work.iteration() >= work.planned && !work.outdated()) {
        work.state = SessionState::finished;
        return;
    }
    const auto start = Clock::now();
    const auto& last = work.tracks.back()->entries.back().snapshot;
    auto next = std::make_shared<RefinementSnapshot>();
    next->iteration = last->iteration + 1;
    next->iterations = std::max(work.planned, next->iteration);
    next->occupancy = work.network->step(*work.encoded, *work.prior, last->occupancy, last->iteration);
    next->change = mean_change(next->occupancy, last->occupancy);
    next->seconds = std::chrono::duration<double>(Clock::now() - start).count();
    std::optional<double> silhouette;
    if (work.engine.agreement) silhouette = work.engine.agreement(*work.network, *work.views, next->occupancy);

    auto track = std::make_shared<Track>(*work.tracks.back());
    track->views = work.views;
    track->figures.push_back({static_cast<float>(next->change), static_cast<float>(silhouette.value_or(0)),
                              static_cast<float>(next->seconds)});
    if (track->figures.size() > options_.figures) track->figures.erase(track->figures.begin());
    work.step_seconds = work.steps == 0 ? next->seconds : 0.7 * work.step_seconds + 0.3 * next->seconds;
    ++work.steps;
    track->entries.push_back({std::move(next), silhouette, Clock::now()});
    work.tracks.back() = std::move(track);
    forget_until_within(work.tracks, options_.history_bytes);
    work.error.clear();
    const bool settled = work.run.tolerance > 0 && work.tracks.back()->figures.back().change < work.run.tolerance;
    const bool complete = (work.iteration() >= work.planned || settled) && !work.outdated();
    if (work.steps_asked > 0) {
        --work.steps_asked;
        work.state = complete ? SessionState::finished : SessionState::paused;
    } else if (complete) {
        work.state = SessionState::finished;
    }
    if (complete && (settled || work.iteration() == work.planned)) finish(work);
}

void Session::finish(Work& work) {
    if (!work.engine.finish) return;
    work.activity = "Finishing";
    publish(work);
    work.activity.clear();
    auto track = std::make_shared<Track>(*work.tracks.back());
    TrackEntry& entry = track->entries.back();
    auto finished = work.engine.finish({.network = *work.network,
                                        .encoded = *work.encoded,
                                        .views = *work.views,
                                        .cameras_given = !work.estimates_cameras(),
                                        .prior = *work.prior,
                                        .occupancy = entry.snapshot->occupancy,
                                        .iterations = work.iteration(),
                                        .settings = work.run});
    track->doubted = finished.doubted;
    if (finished.occupancy.values != entry.snapshot->occupancy.values) {
        auto last = std::make_shared<RefinementSnapshot>(*entry.snapshot);
        last->occupancy = std::move(finished.occupancy);
        if (work.engine.agreement)
            entry.silhouette = work.engine.agreement(*work.network, *work.views, last->occupancy);
        if (entry.silhouette) track->figures.back().silhouette = static_cast<float>(*entry.silhouette);
        entry.snapshot = std::move(last);
        entry.made = Clock::now();
    }
    work.tracks.back() = std::move(track);
}

void Session::worker(const std::stop_token& stop) {
    Work work;
    publish(work);
    while (take_orders(work, stop)) {
        if (!work.busy()) continue;
        try {
            advance(work);
        } catch (const Interrupted&) {
            work.activity.clear();  // the orders that came in meanwhile say what to do
        } catch (const std::exception& error) {
            work.state = SessionState::failed;
            work.steps_asked = 0;
            work.activity.clear();
            work.error = error.what();
        } catch (...) {
            work.state = SessionState::failed;
            work.steps_asked = 0;
            work.activity.clear();
            work.error = "the refinement failed for an unknown reason";
        }
        publish(work);
    }
}

void Session::publish(const Work& work) {
    auto report = std::make_shared<SessionReport>();
    report->state = work.state;
    report->activity = work.activity;
    report->error = work.error;
    report->tracks = work.tracks;
    report->views = work.views;
    if (work.network) {
        report->architecture = work.network->architecture();
        report->needs_cameras = work.network->needs_cameras();
        report->threshold = work.network->threshold();
    }
    report->iteration = work.iteration();
    report->planned = work.planned;
    report->step_seconds = work.step_seconds;
    report->steps = work.steps;
    reports_.put(std::move(report));
    if (notify_) notify_();
}

}  // namespace maquette::recon
