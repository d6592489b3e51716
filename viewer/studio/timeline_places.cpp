#include "viewer/studio/timeline_places.h"

#include <algorithm>
#include <cstdlib>

#include "viewer/studio/studio.h"

namespace maquette::viewer {
namespace {

constexpr int running_resolution = 48;
constexpr int resting_resolution = 96;
constexpr std::size_t most_side_by_side = 4;

Moment moment_of(const recon::Track& track, int iteration) {
    if (track.entries.empty()) return {};
    if (iteration < 0) return {&track, track.entries.size() - 1};
    std::size_t best = 0;
    for (std::size_t i = 1; i < track.entries.size(); ++i) {
        if (std::abs(track.entries[i].snapshot->iteration - iteration) <
            std::abs(track.entries[best].snapshot->iteration - iteration)) {
            best = i;
        }
    }
    return {&track, best};
}

}  // namespace

Moment moment_at(const recon::SessionReport& report, const TimelinePlace& place) {
    if (report.tracks.empty()) return {};
    for (const auto& track : report.tracks) {
        if (track->id == place.track) return moment_of(*track, place.iteration);
    }
    return moment_of(*report.tracks.back(), place.track == 0 ? place.iteration : -1);
}

Moment other_moment(const recon::SessionReport& report, const DisplaySettings& settings) {
    const Moment shown = moment_at(report, settings.place);
    const Moment other = moment_at(report, settings.other);
    if (!shown || other.track != shown.track || other.entry != shown.entry) return other;
    return {shown.track, 0};
}

std::vector<Moment> moments_side_by_side(const recon::SessionReport& report, const DisplaySettings& settings) {
    std::vector<Moment> moments;
    const std::size_t count = std::min(report.tracks.size(), most_side_by_side);
    for (std::size_t i = report.tracks.size() - count; i < report.tracks.size(); ++i) {
        moments.push_back(moment_of(*report.tracks[i], settings.place.iteration));
    }
    return moments;
}

std::shared_ptr<const std::vector<recon::View>> views_at(const Moment& moment, const recon::SessionReport& report) {
    return moment && moment.track->views ? moment.track->views : report.views;
}

ShapeWish wish_for(const Moment& moment, const Studio& studio, const DisplaySettings& settings) {
    if (!moment) return {};
    const recon::SessionReport& report = studio.report();
    ShapeWish wish;
    wish.snapshot = moment.track->entries[moment.entry].snapshot;
    wish.prior = moment.track->prior;
    wish.confidence = settings.colouring == Colouring::confidence;
    if (settings.colouring == Colouring::photo || wish.confidence) wish.views = views_at(moment, report);
    // The prior itself is shown as it is.
    if (moment.entry > 0 && studio.options().outline == "complete") wish.outlines = views_at(moment, report);
    if (settings.colouring == Colouring::truth) wish.truth = studio.truth();
    wish.threshold = studio.threshold();
    wish.resolution = report.state == recon::SessionState::running ? running_resolution : resting_resolution;
    return wish;
}

void scrub(const recon::SessionReport& report, DisplaySettings& settings, int by) {
    const Moment shown = moment_at(report, settings.place);
    if (!shown) return;
    const int last = static_cast<int>(shown.track->entries.size()) - 1;
    const int to = std::clamp(static_cast<int>(shown.entry) + by, 0, last);
    const bool newest = shown.track == report.tracks.back().get() && to == last;
    settings.place.track = newest ? 0 : shown.track->id;
    settings.place.iteration = newest ? -1 : shown.track->entries[static_cast<std::size_t>(to)].snapshot->iteration;
}

}  // namespace maquette::viewer
