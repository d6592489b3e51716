#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "recon/refine/session.h"
#include "viewer/studio/display_settings.h"
#include "viewer/studio/shape_maker.h"

namespace maquette::viewer {

class Studio;

/// An entry of a track. Both null: there is nothing.
struct Moment {
    const recon::Track* track = nullptr;
    std::size_t entry = 0;
    explicit operator bool() const { return track != nullptr; }
    [[nodiscard]] const recon::RefinementSnapshot& snapshot() const { return *track->entries[entry].snapshot; }
};

/// The entry at the place, or the nearest that is kept.
Moment moment_at(const recon::SessionReport& report, const TimelinePlace& place);

/// What the shown moment is compared with: `other`, or the start of the same run where that would be the same.
Moment other_moment(const recon::SessionReport& report, const DisplaySettings& settings);

/// The newest runs, at most four, each at the shown iteration or its last: what stands side by side.
std::vector<Moment> moments_side_by_side(const recon::SessionReport& report, const DisplaySettings& settings);

/// The photos with the cameras that the moment's run went by; never null.
std::shared_ptr<const std::vector<recon::View>> views_at(const Moment& moment, const recon::SessionReport& report);

/// How to make a moment visible: coarse while a run goes on, finer at rest.
ShapeWish wish_for(const Moment& moment, const Studio& studio, const DisplaySettings& settings);

/// Moves the shown place by so many kept entries along its run; past the end it follows the newest.
void scrub(const recon::SessionReport& report, DisplaySettings& settings, int by);

}  // namespace maquette::viewer
