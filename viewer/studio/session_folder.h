#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "recon/refine/track.h"
#include "recon/refine/view.h"
#include "viewer/studio/generated_views.h"
#include "viewer/studio/inputs.h"

namespace maquette::viewer {

/// All that comes back when a session is opened again.
struct SavedSession {
    Inputs inputs;
    std::string model = "flagship";
    int iterations = 0;
    std::vector<recon::View> views;                           ///< of the photos that are on, with the cameras found
    std::vector<std::shared_ptr<const recon::Track>> tracks;  ///< oldest first
    std::vector<GeneratedView> generated;                     ///< ids do not count
    std::optional<std::size_t> generated_from;                ///< index of the run with their result; none: stale
};

/// Writes the folder whole or not at all: session.json, the photos as they are (photos/), as they are cut out
/// (views.safetensors), generated views (generated.safetensors), the priors (priors/) and each run's shapes (runs/). A
/// session that was there is replaced; any
/// other file or folder is not. Throws InputError saying what failed.
void write_session(const std::filesystem::path& folder, const SavedSession& session);

/// Throws InputError that names the file and what is wrong with it.
SavedSession read_session(const std::filesystem::path& folder);

}  // namespace maquette::viewer
