#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "recon/refine/session.h"
#include "viewer/studio/generated_views.h"
#include "viewer/studio/view_options.h"

namespace maquette::viewer {

class Studio;

/// Weights of the diffusion network that the options name, or where those shipped would be.
std::filesystem::path diffusion_weights_of(const ViewOptions& options);

/// Differences that tune them by preferences; empty: none.
std::filesystem::path diffusion_preferences_of(const ViewOptions& options);

/// Why there is no diffusion network, and how to get one, in one sentence; empty: there is one.
std::string why_no_diffusion(const ViewOptions& options);

/// Why no views can be generated now, in one sentence; empty: they can.
std::string why_no_views(const Studio& studio);

/// What changed since the views there are were generated, as in "the prior changed"; empty: nothing, or there are none.
/// A run that uses generated views is no change of the result.
std::string why_stale(const Studio& studio);

/// Whether the newest run has generated views beside the photos.
bool uses_views(const recon::SessionReport& report);

/// Views from the newest run's result and the photos. No seed: the options', or one that was not used before where
/// there are views of this result already. Returns at once. A failure of the studio where it cannot be.
void generate_views(Studio& studio, std::optional<std::uint64_t> seed = {});

/// The same for one view.
void regenerate_view(Studio& studio, int id, std::optional<std::uint64_t> seed = {});

/// Begins to choose between seeds of one view.
void rate_view(Studio& studio, int id);

/// A run from the prior with the views that are on beside the photos; where none is and the newest run has some: a run
/// without.
void use_views(Studio& studio);

/// Stops drawing from what is no longer there; what it would give is dropped.
void drop_stale_views(Studio& studio);

/// What the views were drawn from, in a session that was saved: the result of a run. Null where its photos are not
/// known.
std::shared_ptr<const ViewBasis> basis_from(const Studio& studio, const recon::Track& track);

}  // namespace maquette::viewer
