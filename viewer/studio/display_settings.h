#pragma once

#include <optional>
#include <string>

#include "viewer/drawing/orbit_view.h"
#include "viewer/drawing/scene.h"
#include "viewer/studio/photo_alignment.h"

namespace maquette::viewer {

enum class Comparison { none, split, side_by_side, flicker };

/// What of a run is shown: an entry, or the newest as it comes.
struct TimelinePlace {
    int track = 0;       ///< id; 0: the newest
    int iteration = -1;  ///< -1: the newest
    bool operator==(const TimelinePlace&) const = default;
};

/// Two results to choose between; the choice must not depend on how they came about.
struct RatedPair {
    TimelinePlace a;
    TimelinePlace b;
    bool operator==(const RatedPair&) const = default;
};

/// How the model is shown.
struct DisplaySettings {
    Colouring colouring = Colouring::plain;
    bool wireframe = false;
    bool voxels = false;
    bool ghost = false;
    bool truth_ghost = false;
    bool grid = true;
    bool frustums = false;
    bool backdrop = false;  ///< the first photo behind the model
    bool turntable = false;
    bool dark = true;
    bool help = false;
    bool strip = false;  ///< of the generated views
    Comparison comparison = Comparison::none;
    float divider = 0.5F;  ///< of the split, fraction of the width
    bool flicker_other = false;
    TimelinePlace place;
    TimelinePlace other;  ///< what it is compared with; the prior of the same run where both are the same
    OrbitView view;
    std::optional<RatedPair> rated;           ///< a pair is being rated: it is shown, side by side
    std::optional<PhotoAlignment> alignment;  ///< a photo's camera is being set: the model is shown over the photo
    std::string export_path = "out.glb";
    int export_resolution = 128;
};

}  // namespace maquette::viewer
