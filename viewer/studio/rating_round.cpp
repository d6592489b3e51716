#include "viewer/studio/rating_round.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>
#include <random>
#include <string_view>

#include "render/error.h"
#include "render/io/atomic_file.h"
#include "viewer/studio/studio.h"
#include "viewer/studio/timeline_places.h"

namespace maquette::viewer {
namespace {

using nlohmann::json;

std::pair<int, int> key_of(int first, int second) {
    return {std::min(first, second), std::max(first, second)};
}

template <typename Value>
std::string digest_of(const std::vector<Value>& values) {
    return render::sha256_of({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Value)});
}

json side(const Studio& studio, const TimelinePlace& place) {
    const recon::Track* const track = studio.track(place.track);
    if (track == nullptr) throw UsageError("one of the two runs is gone");
    const Moment moment = moment_at(studio.report(), place);
    const auto silhouette = track->entries[moment.entry].silhouette;
    return {{"run", track->name},
            {"prior", track->prior->name},
            {"step", moment.snapshot().iteration},
            {"silhouette_iou", silhouette ? json(*silhouette) : json()},
            {"shape_sha256", digest_of(moment.snapshot().occupancy.values)}};
}

}  // namespace

std::optional<RatedPair> RatingRound::next(const recon::SessionReport& report) {
    std::vector<std::pair<int, int>> pairs;
    const auto stepped = [](const auto& track) { return track->entries.back().snapshot->iteration > 0; };
    for (auto first = report.tracks.begin(); first != report.tracks.end(); ++first) {
        for (auto second = first + 1; second != report.tracks.end(); ++second) {
            const auto key = key_of((*first)->id, (*second)->id);
            if (stepped(*first) && stepped(*second) && !seen_.contains(key)) pairs.push_back(key);
        }
    }
    if (pairs.empty()) return std::nullopt;
    std::mt19937_64 random(seed_ + seen_.size());
    const auto [first, second] = pairs[random() % pairs.size()];
    const bool turned = random() % 2 == 1;
    return RatedPair{{turned ? second : first, -1}, {turned ? first : second, -1}};
}

void RatingRound::done(const RatedPair& pair) {
    if (seen_.insert(key_of(pair.a.track, pair.b.track)).second) order_.push_back(pair);
}

std::optional<RatedPair> RatingRound::back() {
    if (order_.empty()) return std::nullopt;
    const RatedPair last = order_.back();
    order_.pop_back();
    seen_.erase(key_of(last.a.track, last.b.track));
    return last;
}

std::string rating_line(const Studio& studio, const RatedPair& pair, Choice choice) {
    static constexpr std::array<const char*, 3> names = {"a", "b", "same"};
    json photos = json::array();
    for (const PhotoInput& photo : studio.inputs().photos) {
        if (photo.on) photos.push_back({{"path", photo.path}, {"crop_sha256", digest_of(photo.view->rgb.pixels)}});
    }
    const json line = {{"time", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)))},
                       {"choice", names[static_cast<std::size_t>(choice)]},
                       {"a", side(studio, pair.a)},
                       {"b", side(studio, pair.b)},
                       {"photos", photos},
                       {"model", studio.options().model}};
    // A path need not be UTF-8.
    return line.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace maquette::viewer
