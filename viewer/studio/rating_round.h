#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "recon/refine/session.h"
#include "viewer/studio/display_settings.h"

namespace maquette::viewer {

class Studio;

enum class Choice { a, b, same };

/// Pairs of runs' results in an order that gives nothing away: which runs, and which of them is A, is drawn by lot.
class RatingRound {
public:
    explicit RatingRound(std::uint64_t seed) : seed_(seed) {}

    /// The next pair that was neither rated nor skipped; none where all were, or there are fewer than two runs with a
    /// step.
    std::optional<RatedPair> next(const recon::SessionReport& report);
    void done(const RatedPair& pair);
    /// The pair rated or skipped last comes again. Returns it, if there was one.
    std::optional<RatedPair> back();

private:
    std::uint64_t seed_;
    std::set<std::pair<int, int>> seen_;  ///< ids of the runs, the smaller first
    std::vector<RatedPair> order_;
};

/// One line of JSON: what was compared, from which photos, and what was chosen. Throws UsageError where a run is gone.
std::string rating_line(const Studio& studio, const RatedPair& pair, Choice choice);

}  // namespace maquette::viewer
