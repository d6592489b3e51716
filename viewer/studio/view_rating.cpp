#include "viewer/studio/view_rating.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <ctime>
#include <nlohmann/json.hpp>
#include <utility>

#include "recon/refine/crop_camera.h"
#include "render/io/atomic_file.h"
#include "viewer/studio/session_json.h"

namespace maquette::viewer {
namespace {

using nlohmann::json;

template <typename Value>
std::string digest_of(const std::vector<Value>& values) {
    return render::sha256_of({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Value)});
}

std::string path_of(const ViewBasis& basis, const recon::View& photo) {
    for (const PhotoInput& input : basis.inputs) {
        if (input.view->name == photo.name) return input.path;
    }
    return photo.name;
}

}  // namespace

void ViewRating::begin(int view, const std::filesystem::path& ratings, std::uint64_t lot) {
    if (views_.find(view) == nullptr || !views_.basis()) return;
    end();
    view_ = view;
    basis_ = views_.basis();
    log_ = RatingLog(ratings);
    lot_.seed(lot);
    next();
}

void ViewRating::next() {
    pair_.reset();
    views_.draw_rival(view_, [this, of = view_](DrawnView rival) {
        const GeneratedView* const own = views_.find(view_);
        if (of != view_ || own == nullptr) return;
        Pair pair{own->drawn, std::move(rival)};
        if (lot_() % 2 == 1) std::swap(pair.a, pair.b);
        show(std::move(pair));
    });
}

void ViewRating::show(Pair pair) {
    pair_ = std::move(pair);
    shown_ = std::chrono::steady_clock::now();
}

std::string ViewRating::line(Choice choice) const {
    static constexpr std::array<const char*, 3> names = {"a", "b", "same"};
    const auto passed = std::chrono::steady_clock::now() - shown_;
    const recon::View& photo = basis_->photos->front();
    const json line = {{"time", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)))},
                       {"kind", "generated_view"},
                       {"choice", names[static_cast<std::size_t>(choice)]},
                       {"ms", std::chrono::duration_cast<std::chrono::milliseconds>(passed).count()},
                       {"photo",
                        {{"path", path_of(*basis_, photo)},
                         {"crop_sha256", digest_of(photo.rgb.pixels)},
                         {"camera", json_of(recon::crop_camera_of(*photo.camera))}}},
                       {"pose", json_of(recon::crop_camera_of(*pair_->a.view->camera))},
                       {"seed_a", pair_->a.seed},
                       {"seed_b", pair_->b.seed},
                       {"steps_a", pair_->a.steps},
                       {"steps_b", pair_->b.steps},
                       {"weights_sha256_a", pair_->a.weights_sha256},
                       {"weights_sha256_b", pair_->b.weights_sha256},
                       {"picture_sha256_a", digest_of(pair_->a.view->rgb.pixels)},
                       {"picture_sha256_b", digest_of(pair_->b.view->rgb.pixels)},
                       {"prior", basis_->prior->name},
                       {"shape_sha256", digest_of(basis_->shape->occupancy.values)}};
    // A path need not be UTF-8.
    return line.dump(-1, ' ', false, json::error_handler_t::replace);
}

void ViewRating::choose(Choice choice) {
    const GeneratedView* const own = views_.find(view_);
    if (!pair_ || own == nullptr) return;
    log_.add(line(choice));
    done_.push_back({*pair_, own->drawn, true});
    if (choice != Choice::same) views_.replace(view_, choice == Choice::a ? pair_->a : pair_->b);
    next();
}

void ViewRating::skip() {
    const GeneratedView* const own = views_.find(view_);
    if (!pair_ || own == nullptr) return;
    done_.push_back({*pair_, own->drawn, false});
    next();
}

bool ViewRating::undo() {
    if (done_.empty()) return true;
    const bool taken_back = !done_.back().written || log_.undo();
    Done last = std::move(done_.back());
    done_.pop_back();
    views_.cancel();
    views_.replace(view_, std::move(last.before));
    show(std::move(last.pair));
    return taken_back;
}

void ViewRating::end() {
    if (!active()) return;
    if (!pair_) views_.cancel();
    view_ = 0;
    basis_.reset();
    pair_.reset();
    done_.clear();
}

void ViewRating::check() {
    if (!active()) return;
    const bool there = views_.find(view_) != nullptr && views_.basis() == basis_;
    // A rival that could not be drawn leaves nothing to choose from.
    if (!there || (!pair_ && !views_.drawing(view_))) end();
}

}  // namespace maquette::viewer
