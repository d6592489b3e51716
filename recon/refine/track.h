#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "priors/category_prior.h"
#include "recon/refine/refiner.h"
#include "recon/refine/view.h"

namespace maquette::recon {

/// One kept moment of a run.
struct TrackEntry {
    std::shared_ptr<const RefinementSnapshot> snapshot;
    std::optional<double> silhouette;  ///< mean IoU with the masks, 0..1; none where no camera is known
    std::chrono::steady_clock::time_point made = std::chrono::steady_clock::now();
};

/// Figures of one step. Kept for every step, also where the shape itself is not.
struct StepFigures {
    float change = 0;
    float silhouette = 0;  ///< 0 where no camera is known
    float seconds = 0;
};

/// One run: a prior, the photos it had, and what came of them. Immutable once published.
struct Track {
    int id = 0;
    std::string name;  ///< of the prior, with the numbers of photos and of generated views
    std::shared_ptr<const priors::CategoryPrior> prior;
    /// As the newest step saw them, with the cameras it went by; null before the first.
    std::shared_ptr<const std::vector<View>> views;
    std::shared_ptr<const std::vector<View>> generated;  ///< that it has beside the photos; null: none
    std::vector<TrackEntry> entries;   ///< by iteration; the first is the prior itself, the last the newest
    std::vector<StepFigures> figures;  ///< of the newest steps, oldest first
    bool doubted = false;              ///< prior and photos seem to show different kinds of things
};

/// Bytes that the kept shapes and photos take.
std::size_t bytes_of(const Track& track);

/// Forgets shapes until all tracks fit: every second entry of the track that takes most, never its first and last; then
/// whole tracks, oldest first, but not the last one.
void forget_until_within(std::vector<std::shared_ptr<const Track>>& tracks, std::size_t bytes);

}  // namespace maquette::recon
