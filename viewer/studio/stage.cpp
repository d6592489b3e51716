#include "viewer/studio/stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "viewer/drawing/guide_lines.h"

namespace maquette::viewer {
namespace {

constexpr double frustum_depth = 0.35;
constexpr float aligning_opacity = 0.62F;
constexpr float aligning_backdrop = 0.95F;
constexpr std::array<std::array<float, 3>, 4> run_colours = {
    {{0.80F, 0.80F, 0.82F}, {0.87F, 0.76F, 0.62F}, {0.66F, 0.78F, 0.86F}, {0.74F, 0.82F, 0.69F}}};

std::string text_of(const Moment& moment) {
    const int iteration = moment.snapshot().iteration;
    return iteration == 0 ? fmt::format("{}: the prior", moment.track->name)
                          : fmt::format("{}: step {}", moment.track->name, iteration);
}

/// A pair is being rated: side by side. A photo's camera is being set: the model through that camera, alone over the
/// photo.
DisplaySettings as_shown(DisplaySettings settings) {
    if (settings.rated) settings.comparison = Comparison::side_by_side;
    if (!settings.alignment) return settings;
    settings.view = OrbitView::of_camera(recon::camera_of(settings.alignment->camera, recon::view_size));
    settings.comparison = Comparison::none;
    settings.colouring = Colouring::plain;
    settings.backdrop = true;
    settings.grid = settings.ghost = settings.truth_ghost = settings.frustums = settings.voxels = false;
    return settings;
}

bool same_picture(const DisplaySettings& a, const DisplaySettings& b) {
    return a.view == b.view && a.divider == b.divider && a.comparison == b.comparison && a.backdrop == b.backdrop &&
           a.flicker_other == b.flicker_other && a.dark == b.dark && a.alignment == b.alignment && a.rated == b.rated;
}

}  // namespace

Stage::Stage() = default;

std::shared_ptr<const Shape> Stage::place(Studio& studio, const DisplaySettings& settings, const std::string& name,
                                          const Moment& moment, const ShapeWish& wish, int index) {
    if (!moment) {
        scene_.remove(name);
        return nullptr;
    }
    auto shape = studio.shapes().find(wish);
    if (!shape) {
        complete_ = false;
    } else if (settings.voxels) {
        scene_.set(name, shape->cubes);
    } else {
        scene_.set(name, shape->mesh);
    }
    ObjectStyle style;
    style.colouring = settings.colouring;
    style.wireframe = settings.wireframe;
    style.colour = run_colours[static_cast<std::size_t>(index) % run_colours.size()];
    if (settings.alignment) style.opacity = aligning_opacity;
    scene_.set_style(name, style);
    shown_.push_back(name);
    shown_text_.push_back(text_of(moment));
    return shape;
}

void Stage::arrange_guides(Studio& studio, const DisplaySettings& settings, const Theme& theme) {
    guides_.clear();
    if (grid_shade_ != theme.grid_shade) {
        grid_shade_ = theme.grid_shade;
        scene_.set("grid", ground_grid(grid_shade_));
        scene_.set("axes", axes());
    }
    if (settings.grid) guides_.insert(guides_.end(), {"grid", "axes"});
    const Moment shown = moment_at(studio.report(), settings.place);
    if (settings.ghost && shown) {
        ShapeWish wish = wish_for({shown.track, 0}, studio, settings);
        wish.views = nullptr;
        wish.truth = nullptr;
        wish.confidence = false;
        if (const auto ghost = studio.shapes().find(wish)) {
            scene_.set("ghost", ghost->mesh);
            scene_.set_style("ghost", {.colour = {theme.accent.x, theme.accent.y, theme.accent.z}, .opacity = 0.30F});
            guides_.emplace_back("ghost");
        } else {
            complete_ = false;
        }
    }
    if (settings.truth_ghost && studio.truth()) {
        scene_.set("true shape", studio.truth()->mesh);
        scene_.set_style("true shape", {.colour = {theme.second.x, theme.second.y, theme.second.z}, .opacity = 0.30F});
        guides_.emplace_back("true shape");
    }
    if (settings.frustums) {
        int number = 0;
        const auto add = [&](const std::vector<recon::View>& views, const ImVec4& colour) {
            for (const recon::View& view : views) {
                if (!view.camera) continue;
                const std::string name = fmt::format("camera {}", ++number);
                scene_.set(name, camera_frustum(*view.camera, frustum_depth, {colour.x, colour.y, colour.z}));
                guides_.push_back(name);
            }
        };
        add(*views_at(shown, studio.report()), theme.accent);
        if (shown && shown.track->generated) add(*shown.track->generated, theme.second);
    }
}

ShapeWish Stage::held_or_new(const Studio& studio, const DisplaySettings& settings, const Moment& moment) {
    ShapeWish wish = wish_for(moment, studio, settings);
    const bool follows = studio.report().state == recon::SessionState::running && settings.place.iteration < 0;
    if (follows && held_.snapshot && wish.snapshot) {
        ShapeWish same = held_;
        same.snapshot = wish.snapshot;
        if (same == wish) return held_;
    }
    held_ = wish;
    return wish;
}

void Stage::arrange(Studio& studio, const DisplaySettings& given, const Theme& theme) {
    const DisplaySettings settings = as_shown(given);
    complete_ = true;
    shown_.clear();
    shown_text_.clear();
    const std::vector<std::string> guides_before = guides_;
    if (settings.comparison == Comparison::side_by_side) {
        const std::vector<Moment> moments = settings.rated
                                                ? std::vector<Moment>{moment_at(studio.report(), settings.rated->a),
                                                                      moment_at(studio.report(), settings.rated->b)}
                                                : moments_side_by_side(studio.report(), settings);
        for (std::size_t i = 0; i < moments.size(); ++i) {
            auto shape = place(studio, settings, fmt::format("run {}", i), moments[i],
                               wish_for(moments[i], studio, settings), settings.rated ? 0 : static_cast<int>(i));
            if (i + 1 == moments.size()) shape_ = std::move(shape);
        }
    } else {
        const Moment moment = moment_at(studio.report(), settings.place);
        const ShapeWish wish = held_or_new(studio, settings, moment);
        if (auto shape = place(studio, settings, "shape", moment, wish, 0)) {
            shape_ = std::move(shape);
            placed_ = wish.snapshot;
        }
        if (guest_) scene_.set("shape", guest_);
        if (settings.comparison != Comparison::none) {
            const Moment other = other_moment(studio.report(), settings);
            place(studio, settings, "other", other, wish_for(other, studio, settings), 1);
        }
    }
    if (settings.rated && shown_text_.size() == 2) shown_text_ = {"A", "B"};
    arrange_guides(studio, settings, theme);
    const std::size_t photo = settings.alignment ? settings.alignment->photo : 0;
    backdrop_ = settings.backdrop ? photo_texture(studio, photo) : 0;
    if (guides_before != guides_) drawn_ = false;
}

unsigned Stage::photo_texture(const Studio& studio, std::size_t photo) {
    if (photo >= studio.inputs().photos.size()) return 0;
    const auto& view = studio.inputs().photos[photo].view;
    if (view != photo_) {
        photo_ = view;
        photo_texture_ = make_texture(view->rgb);
    }
    return photo_texture_.get();
}

std::vector<Pane> Stage::panes(const DisplaySettings& settings, int width, int height) {
    const PixelRectangle whole{0, 0, width, height};
    std::vector<Pane> result;
    labels_.clear();
    const auto add = [&](const PixelRectangle& frame, std::optional<PixelRectangle> clip, std::size_t index) {
        Pane pane{.frame = frame, .clip = clip, .objects = guides_, .backdrop = backdrop_};
        if (settings.alignment) pane.backdrop_opacity = aligning_backdrop;
        if (index < shown_.size()) {
            pane.objects.push_back(shown_[index]);
            labels_.push_back({clip.value_or(frame), shown_text_[index]});
        }
        result.push_back(std::move(pane));
    };
    switch (settings.comparison) {
        case Comparison::none:
            add(whole, {}, 0);
            break;
        case Comparison::flicker:
            add(whole, {}, settings.flicker_other ? 1 : 0);
            break;
        case Comparison::split: {
            const int left = std::clamp(static_cast<int>(settings.divider * static_cast<float>(width)), 0, width);
            add(whole, PixelRectangle{0, 0, left, height}, 0);
            add(whole, PixelRectangle{left, 0, width - left, height}, 1);
            break;
        }
        case Comparison::side_by_side: {
            const int count = std::max<int>(static_cast<int>(shown_.size()), 1);
            for (int i = 0; i < count; ++i) {
                const int left = width * i / count;
                add({left, 0, width * (i + 1) / count - left, height}, {}, static_cast<std::size_t>(i));
            }
            break;
        }
    }
    return result;
}

bool Stage::draw(const DisplaySettings& given, const Theme& theme, int width, int height, int samples) {
    const DisplaySettings settings = as_shown(given);
    const bool fits = drawn_ && target_.width() == width && target_.height() == height && drawn_samples_ == samples;
    if (fits && drawn_version_ == scene_.version() && same_picture(drawn_settings_, settings)) return false;
    target_.resize(width, height, samples);
    renderer_.draw(scene_, settings.view, panes(settings, width, height), theme.backdrop, target_);
    renderer_.forget_missing(scene_);
    drawn_ = true;
    drawn_version_ = scene_.version();
    drawn_settings_ = settings;
    drawn_samples_ = samples;
    return true;
}

render::Image Stage::picture(const DisplaySettings& given, const Theme& theme, int width, int height) {
    const DisplaySettings settings = as_shown(given);
    RenderTarget target;
    target.resize(width, height, 4);
    renderer_.draw(scene_, settings.view, panes(settings, width, height), theme.backdrop, target);
    drawn_ = false;
    return target.read();
}

}  // namespace maquette::viewer
