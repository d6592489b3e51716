#include "recon/refine/track.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace maquette::recon {
namespace {

std::size_t bytes_of_entry(const TrackEntry& entry) {
    return entry.snapshot->occupancy.values.size() * sizeof(float) + sizeof(RefinementSnapshot) + sizeof(TrackEntry);
}

std::shared_ptr<const Track> thinned(const Track& track) {
    auto result = std::make_shared<Track>(track);
    result->entries.clear();
    for (std::size_t i = 0; i < track.entries.size(); ++i) {
        if (i % 2 == 0 || i + 1 == track.entries.size()) result->entries.push_back(track.entries[i]);
    }
    return result;
}

}  // namespace

std::size_t bytes_of(const Track& track) {
    std::size_t bytes = track.figures.size() * sizeof(StepFigures);
    for (const TrackEntry& entry : track.entries) bytes += bytes_of_entry(entry);
    for (const auto& views : {track.views, track.generated}) {
        if (!views) continue;
        for (const View& view : *views) bytes += view.rgb.pixels.size() + view.mask.pixels.size() * sizeof(float);
    }
    return bytes;
}

void forget_until_within(std::vector<std::shared_ptr<const Track>>& tracks, std::size_t bytes) {
    std::vector<std::size_t> sizes;
    sizes.reserve(tracks.size());
    for (const auto& track : tracks) sizes.push_back(bytes_of(*track));
    std::size_t total = std::accumulate(sizes.begin(), sizes.end(), std::size_t{0});
    while (total > bytes) {
        const auto most = std::max_element(sizes.begin(), sizes.end());
        auto& track = tracks[static_cast<std::size_t>(most - sizes.begin())];
        if (track->entries.size() > 2) {
            track = thinned(*track);
            total -= *most;
            *most = bytes_of(*track);
            total += *most;
        } else if (tracks.size() > 1) {
            total -= sizes.front();
            tracks.erase(tracks.begin());
            sizes.erase(sizes.begin());
        } else {
            return;
        }
    }
}

}  // namespace maquette::recon
